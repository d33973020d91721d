-- outbox/take: due rows, oldest first, with all that delivering them takes.
-- $1 how many at most, $2 lease in seconds
-- Rows that another worker is taking are skipped; the lease keeps them from being taken again while
-- they are worked on, and gives them back if the worker dies.
WITH due AS (
    SELECT message_id FROM message_outbox
    WHERE parked_at IS NULL AND due_at <= now()
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE message_outbox o
    SET due_at = now() + make_interval(secs => $2), attempts = o.attempts + 1
    FROM due
    WHERE o.message_id = due.message_id
    RETURNING o.message_id, o.attempts, o.frames_sent_at, o.pushed_at
)
SELECT
    t.attempts, t.frames_sent_at IS NOT NULL AS frames_sent, t.pushed_at IS NOT NULL AS pushed,
    -- Null, and the row a bad one, for a time that is none: PostgreSQL 15 cannot subtract infinity.
    CASE WHEN isfinite(m.created_at)
         THEN extract(epoch FROM now() - m.created_at)::float8 END AS age_seconds,
    m.id AS message_id, m.session_id, m.seq, m.sender_type::text, m.sender_id, m.content,
    ARRAY(SELECT jsonb_array_elements_text(m.image_urls)) AS image_urls,
    m.client_message_id, m.created_at AS message_created_at, m.is_read, m.read_at,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE user_type = 'customer' AND user_id = s.customer_id
            AND expires_at > now()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE user_type = 'dentist' AND user_id = s.dentist_id
            AND expires_at > now()) AS dentist_connections
FROM taken t
JOIN chat_messages m ON m.id = t.message_id
JOIN chat_sessions s ON s.id = m.session_id
ORDER BY m.session_id, m.seq
