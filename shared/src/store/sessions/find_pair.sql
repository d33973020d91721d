-- sessions/find_pair: the active session of a pair if there is one, and whether they ever had one.
-- $1 customer, $2 dentist
-- Always one row; without an active session its session_id is null.
SELECT
    EXISTS (SELECT FROM chat_sessions WHERE customer_id = $1 AND dentist_id = $2) AS acquainted,
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    m.message_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls, m.client_message_id,
    m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at
FROM (SELECT) AS one
LEFT JOIN active_pairs pair ON pair.customer_id = $1 AND pair.dentist_id = $2
LEFT JOIN chat_sessions s ON s.id = pair.session_id
LEFT JOIN message_columns m ON m.session_id = s.id AND m.seq = s.last_seq
