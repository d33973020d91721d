-- sync/page: what changed among the caller's sessions: one page of one catch-up.
-- $1 caller's role, $2 caller's id, $3 how many sessions, $4 the history that the client's cursor belongs to
-- (null: no cursor), $5 messages sent or changed in this transaction or later (0: all of them),
-- $6 the horizon of the catch-up's first page (null: this is the first),
-- $7 'inbox': everything, most recent activity first, after the session with updated_at $8 and id $9 (null:
-- from the top); or 'changes': by the latest change, after changed_in $10 and id $11. In an inbox these two
-- tell from where on it is asked whether something has moved to its top, where it is not met any more.
-- Bounded index scans find the page (101, one more than the largest, and what the same transaction changed); then at most $3 sessions are looked at, and of each at most 21
-- messages more than are answered with. What is unread is counted by an index of such sessions alone.
-- Always returns a row; without a session its session_id is null.
WITH here AS MATERIALIZED (
    SELECT history, horizon, coalesce($4 = history AND newest_known <= pg_snapshot_xmax(snapshot), $4 IS NULL)
               AS is_known
    FROM pg_current_snapshot() snapshot, LATERAL (
        SELECT hashtextextended((SELECT id FROM database_history)::text
                                || (SELECT oid FROM pg_database WHERE datname = current_database()), 0) AS history,
               -- Transactions before this one are over, and this statement sees what they did.
               pg_snapshot_xmin(snapshot) AS horizon,
               greatest($5::text::xid8, $6::text::xid8, $10::text::xid8) AS newest_known
    ) facts
), inbox AS MATERIALIZED (
    (SELECT id, updated_at FROM chat_sessions
     WHERE $7 = 'inbox' AND $1 = 'customer' AND customer_id = $2 AND status = 'active'
       AND (updated_at, id) < (coalesce($8, 'infinity'), coalesce($9, 0))
     ORDER BY updated_at DESC, id DESC LIMIT 101)
    UNION ALL
    (SELECT id, updated_at FROM chat_sessions
     WHERE $7 = 'inbox' AND $1 = 'customer' AND customer_id = $2 AND status = 'archived'
       AND (updated_at, id) < (coalesce($8, 'infinity'), coalesce($9, 0))
     ORDER BY updated_at DESC, id DESC LIMIT 101)
    UNION ALL
    (SELECT id, updated_at FROM chat_sessions
     WHERE $7 = 'inbox' AND $1 = 'dentist' AND dentist_id = $2 AND status = 'active'
       AND (updated_at, id) < (coalesce($8, 'infinity'), coalesce($9, 0))
     ORDER BY updated_at DESC, id DESC LIMIT 101)
    UNION ALL
    (SELECT id, updated_at FROM chat_sessions
     WHERE $7 = 'inbox' AND $1 = 'dentist' AND dentist_id = $2 AND status = 'archived'
       AND (updated_at, id) < (coalesce($8, 'infinity'), coalesce($9, 0))
     ORDER BY updated_at DESC, id DESC LIMIT 101)
), changes AS MATERIALIZED (
    -- Ties: the sessions that one transaction has changed. Of ours, a step of archiving changes the most: 200.
    (SELECT id, changed_in FROM chat_sessions
     WHERE $1 = 'customer' AND customer_id = $2 AND status = 'active' AND customer_unread_count > 0
       AND (changed_in, id) > ($10::text::xid8, $11)
     ORDER BY changed_in FETCH FIRST 101 ROWS WITH TIES)
    UNION ALL
    (SELECT id, changed_in FROM chat_sessions
     WHERE $1 = 'customer' AND customer_id = $2 AND NOT (status = 'active' AND customer_unread_count > 0)
       AND (changed_in, id) > ($10::text::xid8, $11)
     ORDER BY changed_in FETCH FIRST 101 ROWS WITH TIES)
    UNION ALL
    (SELECT id, changed_in FROM chat_sessions
     WHERE $1 = 'dentist' AND dentist_id = $2 AND status = 'active' AND dentist_unread_count > 0
       AND (changed_in, id) > ($10::text::xid8, $11)
     ORDER BY changed_in FETCH FIRST 101 ROWS WITH TIES)
    UNION ALL
    (SELECT id, changed_in FROM chat_sessions
     WHERE $1 = 'dentist' AND dentist_id = $2 AND NOT (status = 'active' AND dentist_unread_count > 0)
       AND (changed_in, id) > ($10::text::xid8, $11)
     ORDER BY changed_in FETCH FIRST 101 ROWS WITH TIES)
), numbered AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY updated_at DESC, id DESC) AS place FROM inbox
    UNION ALL
    SELECT id, row_number() OVER (ORDER BY changed_in, id) FROM changes WHERE $7 = 'changes'
), page AS MATERIALIZED (
    -- Its last $3 + 1 messages end with those that are new: whoever sees one sees all before it, so the
    -- first old one from the end has only old ones before it.
    SELECT s.*, place, greatest(s.last_seq - 21, s.first_seq - 1, (
               SELECT m.seq FROM chat_messages m
               WHERE m.session_id = s.id AND m.seq > s.last_seq - 21 AND m.sent_in < $5::text::xid8
               ORDER BY m.seq DESC LIMIT 1
           )) AS old_seq
    FROM here, (SELECT * FROM numbered WHERE place <= $3 LIMIT 100) numbered,
         LATERAL (SELECT * FROM chat_sessions WHERE id = numbered.id LIMIT 1) s
    WHERE here.is_known
), found AS MATERIALIZED (
    SELECT page.*, ARRAY(
               SELECT m.seq FROM chat_messages m
               WHERE $5::text::xid8 <> '0' AND m.session_id = page.id AND m.seq <= page.old_seq
                 AND m.changed_in >= $5::text::xid8
               LIMIT 21 - (last_seq - old_seq)
           ) AS changed_seqs
    FROM page
), chosen AS MATERIALIZED (
    SELECT *, last_seq - old_seq + cardinality(changed_seqs) > 20 AS truncated
    FROM found
), listed AS MATERIALIZED (
    SELECT *, CASE WHEN truncated THEN greatest(last_seq - 19, first_seq) ELSE old_seq + 1 END AS from_seq,
           CASE WHEN truncated THEN '{}' ELSE changed_seqs END AS older_seqs
    FROM chosen
)
SELECT
    here.history, here.horizon::text, here.is_known,
    (SELECT count(*) > $3 FROM numbered) AS has_more,
    EXISTS (SELECT FROM changes) AS has_moved,
    (CASE $1
         WHEN 'customer' THEN (SELECT sum(customer_unread_count) FROM chat_sessions
                               WHERE customer_id = $2 AND status = 'active' AND customer_unread_count > 0)
         ELSE (SELECT sum(dentist_unread_count) FROM chat_sessions
               WHERE dentist_id = $2 AND status = 'active' AND dentist_unread_count > 0)
     END)::bigint AS unread_total,
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq, s.customer_unread_count, s.dentist_unread_count,
    s.changed_in::text, s.truncated, m.is_listed,
    m.message_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls, m.client_message_id,
    m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at
FROM here
LEFT JOIN listed s ON true
LEFT JOIN LATERAL (
    -- The last message is part of the session, whether it is listed or not.
    (SELECT *, seq >= s.from_seq AS is_listed FROM message_columns
     WHERE session_id = s.id AND seq BETWEEN least(s.from_seq, s.last_seq) AND s.last_seq
     ORDER BY seq LIMIT 20)
    UNION ALL
    SELECT older.*, true
    FROM unnest(s.older_seqs) changed_seq,
         LATERAL (SELECT * FROM message_columns WHERE session_id = s.id AND seq = changed_seq LIMIT 1) older
) m ON true
ORDER BY s.place, m.seq
