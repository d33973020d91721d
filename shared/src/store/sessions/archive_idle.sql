-- sessions/archive_idle: archive active sessions in which nothing has happened for a while.
-- $1 days, $2 how many at most, $3 seconds until the news is first due
-- Scans (updated_at, status) from its old end; sessions that somebody is writing in are left alone.
WITH idle AS (
    SELECT id FROM chat_sessions
    WHERE updated_at < now() - make_interval(days => $1) AND status = 'active'
    ORDER BY updated_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), archived AS (
    UPDATE chat_sessions s
    SET status = 'archived', updated_at = clock_timestamp()
    FROM idle
    WHERE s.id = idle.id
    RETURNING s.*
), owed AS (
    INSERT INTO session_outbox (session_id, kind, changed_at, due_at)
    SELECT id, 'updated', updated_at, updated_at + make_interval(secs => $3) FROM archived
    ON CONFLICT (session_id, kind)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at,
                  due_at = excluded.due_at, parked_at = NULL
    RETURNING session_id, version
)
SELECT
    owed.version,
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
FROM archived s
JOIN owed ON owed.session_id = s.id
LEFT JOIN chat_messages m ON m.session_id = s.id AND m.seq = s.last_seq
