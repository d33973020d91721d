-- news/take: due news of sessions, oldest first, with all that telling of them takes.
-- $1 how many at most, $2 lease in seconds
-- Rows that another worker is taking are skipped; the lease keeps them from being taken again while
-- they are worked on, and gives them back if the worker dies. Kinds that came after this statement are
-- left to those who know them.
WITH due AS (
    SELECT session_id, kind FROM session_outbox
    WHERE parked_at IS NULL AND due_at <= now()
      AND kind IN ('created', 'updated', 'customer_read', 'dentist_read')
    ORDER BY due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE session_outbox o
    SET due_at = now() + make_interval(secs => $2)
    FROM due
    WHERE o.session_id = due.session_id AND o.kind = due.kind
    RETURNING o.session_id, o.kind, o.version, o.changed_at
)
SELECT
    t.kind, t.version, t.changed_at,
    -- Null, and the row a bad one, for a time that is none: PostgreSQL 15 cannot subtract infinity.
    CASE WHEN isfinite(t.changed_at)
         THEN extract(epoch FROM now() - t.changed_at)::float8 END AS age_seconds,
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    m.id AS message_id, m.seq, m.sender_type::text, m.sender_id, m.content,
    ARRAY(SELECT jsonb_array_elements_text(m.image_urls)) AS image_urls,
    m.client_message_id, m.created_at AS message_created_at, m.is_read, m.read_at,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE user_type = 'customer' AND user_id = s.customer_id
            AND expires_at > now()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE user_type = 'dentist' AND user_id = s.dentist_id
            AND expires_at > now()) AS dentist_connections
FROM taken t
JOIN chat_sessions s ON s.id = t.session_id
LEFT JOIN chat_messages m ON m.session_id = s.id AND m.seq = s.last_seq
ORDER BY t.version
