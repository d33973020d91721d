-- exports/session: a session without its messages, as records.json has it.
-- $1 session
SELECT row_to_json(session)::text AS session FROM (
    SELECT id, status::text, customer_id, dentist_id, record_time(created_at) AS created_at,
           record_time(updated_at) AS updated_at, first_seq, last_seq, customer_read_seq, dentist_read_seq,
           customer_unread_count, dentist_unread_count, customer_count, dentist_count,
           (SELECT coalesce(json_agg(row_to_json(mark) ORDER BY mark.reader, mark.up_to_seq), '[]') FROM (
                SELECT reader::text, from_seq, up_to_seq, record_time(read_at) AS read_at
                FROM read_marks WHERE session_id = $1
            ) mark) AS read_marks
    FROM chat_sessions WHERE id = $1
) session
