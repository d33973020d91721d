-- outbox/take: due rows of one kind of work, oldest first, with all that doing it takes.
-- $1 'frames' | 'images' | 'push', $2 how many at most, $3 lease in seconds
-- Rows that another worker is taking are skipped; the lease keeps them from being taken again while
-- they are worked on, and gives them back if the worker dies. Changes that came after this statement are
-- left to those who know them.
WITH due AS (
    SELECT session_id, change, seq, work FROM outbox
    WHERE work = $1::text::outbox_work AND parked_at IS NULL AND due_at <= now()
      AND change IN ('message', 'message_updated', 'created', 'updated', 'customer_read', 'dentist_read')
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE outbox o
    SET due_at = now() + make_interval(secs => $3), attempts = o.attempts + 1,
        version = nextval('outbox_version_seq')
    FROM due
    WHERE (o.session_id, o.change, o.seq, o.work) = (due.session_id, due.change, due.seq, due.work)
    RETURNING o.session_id, o.change, o.seq, o.version, o.attempts, o.changed_at, o.origin
)
SELECT
    t.session_id AS row_session_id, t.change::text, t.seq AS row_seq, t.version, t.attempts,
    t.changed_at, t.origin,
    -- Null, and the row a bad one, for a time that is none: PostgreSQL 15 cannot subtract infinity.
    CASE WHEN isfinite(t.changed_at)
         THEN extract(epoch FROM now() - t.changed_at)::float8 END AS age_seconds,
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    -- The message that the change is about, or the session's last.
    m.message_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls, m.client_message_id,
    m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at,
    -- A retracted message does not say any more which images it had.
    ARRAY(SELECT i.key FROM message_images i
          WHERE $1 = 'images' AND m.retracted_at IS NOT NULL
            AND i.session_id = t.session_id AND i.seq = t.seq) AS retracted_images,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE $1 = 'frames' AND user_type = 'customer' AND user_id = s.customer_id
            AND expires_at > now()
            AND connection_id IS DISTINCT FROM t.origin) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE $1 = 'frames' AND user_type = 'dentist' AND user_id = s.dentist_id
            AND expires_at > now()
            AND connection_id IS DISTINCT FROM t.origin) AS dentist_connections
FROM taken t
LEFT JOIN chat_sessions s ON s.id = t.session_id
LEFT JOIN message_columns m ON m.session_id = t.session_id
    AND m.seq = CASE WHEN t.change IN ('message', 'message_updated') THEN t.seq ELSE s.last_seq END
ORDER BY t.session_id, t.seq
