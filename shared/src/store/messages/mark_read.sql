-- messages/mark_read: move the caller's read mark up to a seq, never back.
-- $1 session, $2 caller's role, $3 caller's id, $4 up_to_seq, $5 the first lease in seconds,
-- $6 how many messages' columns are written at once, $7 the connection that the request named (or null)
-- Locks the session's row. `seen` is read from the snapshot: what a client displayed was committed
-- before, so messages up to `seen` are visible to this statement even if newer ones are not.
-- A mark over more than $6 messages leaves their columns to read_marks/catch_up: the session's own mark
-- says at once that they are read.
WITH seen AS MATERIALIZED (
    SELECT last_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), locked AS MATERIALIZED (
    SELECT id, customer_id, dentist_id,
           CASE $2 WHEN 'customer' THEN customer_read_seq ELSE dentist_read_seq END AS mark,
           CASE $2 WHEN 'customer' THEN customer_unread_count ELSE dentist_unread_count END AS unread,
           -- How many messages the other side has written; null where they were not counted.
           CASE WHEN customer_count + dentist_count = last_seq
                THEN CASE $2 WHEN 'customer' THEN dentist_count ELSE customer_count END END AS written,
           clock_timestamp() AS read_at
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
      AND $4 <= (SELECT last_seq FROM seen)
    FOR UPDATE
), left_over AS MATERIALIZED (
    SELECT CASE WHEN $4 <= locked.mark THEN locked.unread ELSE coalesce(
        -- What the other side has written by now, less what it had written by the marked message …
        locked.written - CASE WHEN m.sender_type = $2::text::chat_participant
                              THEN m.seq - m.sender_count ELSE m.sender_count END,
        -- … or, for messages that were stored uncounted, less those that become read.
        locked.unread - (SELECT count(*) FROM chat_messages c
                         WHERE c.session_id = $1 AND c.seq > locked.mark AND c.seq <= $4
                           AND c.sender_type <> $2::text::chat_participant)
    ) END AS unread
    FROM locked
    LEFT JOIN chat_messages m ON m.session_id = $1 AND m.seq = $4
), marked AS (
    UPDATE chat_messages m
    SET is_read = true, read_at = locked.read_at
    FROM locked
    WHERE m.session_id = $1 AND m.seq > locked.mark AND m.seq <= $4 AND $4 - locked.mark <= $6
      AND m.sender_type <> $2::text::chat_participant AND NOT m.is_read
), put_off AS (
    INSERT INTO read_marks (session_id, reader, from_seq, up_to_seq, read_at)
    SELECT $1, $2::text::chat_participant, mark, $4, read_at
    FROM locked
    WHERE $4 - mark > $6
), moved AS (
    -- An update checks constraints on the row as the snapshot has it before it looks for a newer version:
    -- counts of the locked row may be too large for the older one's last_seq, for that moment only.
    UPDATE chat_sessions s
    SET changed_in = greatest(s.changed_in, pg_current_xact_id()),
        customer_read_seq = CASE $2 WHEN 'customer' THEN $4 ELSE s.customer_read_seq END,
        dentist_read_seq = CASE $2 WHEN 'dentist' THEN $4 ELSE s.dentist_read_seq END,
        customer_unread_count =
            CASE $2 WHEN 'customer' THEN least(left_over.unread, s.last_seq) ELSE s.customer_unread_count END,
        dentist_unread_count =
            CASE $2 WHEN 'dentist' THEN least(left_over.unread, s.last_seq) ELSE s.dentist_unread_count END
    FROM locked, left_over
    WHERE s.id = locked.id AND $4 > locked.mark
    RETURNING s.id
), named AS MATERIALIZED (
    SELECT connection_id FROM websocket_connections
    WHERE connection_id = $7 AND user_type = $2::text::chat_participant AND user_id = $3
      AND expires_at > now()
), owed AS (
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, origin)
    SELECT moved.id, ($2 || '_read')::outbox_change, 0, 'frames', locked.read_at,
           locked.read_at + make_interval(secs => $5), (SELECT connection_id FROM named)
    FROM moved, locked
    ON CONFLICT (session_id, change, seq, work)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at, attempts = 0,
                  due_at = excluded.due_at, origin = excluded.origin, parked_at = NULL
    RETURNING version
)
SELECT
    CASE WHEN seen.last_seq IS NULL THEN 'not_found'
         WHEN locked.id IS NULL THEN 'beyond_end'
         WHEN moved.id IS NULL THEN 'unchanged'
         ELSE 'moved' END AS verdict,
    greatest(locked.mark, $4) AS up_to_seq,
    locked.unread - left_over.unread AS marked,
    left_over.unread AS unread_count,
    locked.read_at,
    owed.version,
    (SELECT connection_id FROM named) AS origin,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE moved.id IS NOT NULL AND user_type = 'customer' AND user_id = locked.customer_id
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE moved.id IS NOT NULL AND user_type = 'dentist' AND user_id = locked.dentist_id
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS dentist_connections
FROM (SELECT) AS one
LEFT JOIN seen ON true
LEFT JOIN locked ON true
LEFT JOIN left_over ON true
LEFT JOIN moved ON true
LEFT JOIN owed ON true
