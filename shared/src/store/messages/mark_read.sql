-- messages/mark_read: move the caller's read mark up to a seq, never back.
-- $1 session, $2 caller's role, $3 caller's id, $4 up_to_seq, $5 seconds until the news is first due
-- Locks the session's row. `seen` is read from the snapshot: what a client displayed was committed
-- before, so messages up to `seen` are visible to this statement even if newer ones are not.
WITH seen AS MATERIALIZED (
    SELECT last_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), locked AS MATERIALIZED (
    SELECT id, customer_id, dentist_id,
           CASE $2 WHEN 'customer' THEN customer_read_seq ELSE dentist_read_seq END AS mark,
           CASE $2 WHEN 'customer' THEN customer_unread_count ELSE dentist_unread_count END AS unread,
           clock_timestamp() AS read_at
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
      AND $4 <= (SELECT last_seq FROM seen)
    FOR UPDATE
), marked AS (
    UPDATE chat_messages m
    SET is_read = true, read_at = locked.read_at
    FROM locked
    WHERE m.session_id = $1 AND m.seq > locked.mark AND m.seq <= $4
      AND m.sender_type <> $2::text::chat_participant AND NOT m.is_read
    RETURNING 1
), counted AS MATERIALIZED (
    SELECT count(*) AS marked FROM marked
), moved AS (
    UPDATE chat_sessions s
    SET customer_read_seq = CASE $2 WHEN 'customer' THEN $4 ELSE s.customer_read_seq END,
        dentist_read_seq = CASE $2 WHEN 'dentist' THEN $4 ELSE s.dentist_read_seq END,
        customer_unread_count =
            s.customer_unread_count - CASE $2 WHEN 'customer' THEN counted.marked ELSE 0 END,
        dentist_unread_count =
            s.dentist_unread_count - CASE $2 WHEN 'dentist' THEN counted.marked ELSE 0 END
    FROM locked, counted
    WHERE s.id = locked.id AND $4 > locked.mark
    RETURNING s.id
), owed AS (
    INSERT INTO session_outbox (session_id, kind, changed_at, due_at)
    SELECT moved.id, $2 || '_read', locked.read_at, locked.read_at + make_interval(secs => $5)
    FROM moved, locked
    ON CONFLICT (session_id, kind)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at,
                  due_at = excluded.due_at, parked_at = NULL
    RETURNING version
)
SELECT
    CASE WHEN seen.last_seq IS NULL THEN 'not_found'
         WHEN locked.id IS NULL THEN 'beyond_end'
         WHEN moved.id IS NULL THEN 'unchanged'
         ELSE 'moved' END AS verdict,
    greatest(locked.mark, $4) AS up_to_seq,
    counted.marked,
    locked.unread - counted.marked AS unread_count,
    locked.read_at,
    owed.version,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE moved.id IS NOT NULL AND user_type = 'customer' AND user_id = locked.customer_id
            AND expires_at > clock_timestamp()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE moved.id IS NOT NULL AND user_type = 'dentist' AND user_id = locked.dentist_id
            AND expires_at > clock_timestamp()) AS dentist_connections
FROM counted
LEFT JOIN seen ON true
LEFT JOIN locked ON true
LEFT JOIN moved ON true
LEFT JOIN owed ON true
