-- sessions/create: the pair's active session, made if there is none.
-- $1 customer, $2 dentist
-- Of two creates at once the later waits for the earlier's row and returns it with created = false.
-- The last message of a session found this way may be too new for this statement to see: then null.
WITH session AS (
    INSERT INTO chat_sessions (customer_id, dentist_id)
    VALUES ($1, $2)
    ON CONFLICT (customer_id, dentist_id) WHERE status = 'active'
    DO UPDATE SET status = excluded.status
    RETURNING *, xmax = 0 AS created
)
SELECT
    s.created,
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    m.id AS message_id, m.seq, m.sender_type::text, m.sender_id, m.content,
    ARRAY(SELECT jsonb_array_elements_text(m.image_urls)) AS image_urls,
    m.client_message_id, m.created_at AS message_created_at, m.is_read, m.read_at,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE s.created AND user_type = 'customer' AND user_id = $1
            AND expires_at > now()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE s.created AND user_type = 'dentist' AND user_id = $2
            AND expires_at > now()) AS dentist_connections
FROM session s
LEFT JOIN chat_messages m ON m.session_id = s.id AND m.seq = s.last_seq
