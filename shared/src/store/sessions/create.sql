-- sessions/create: the pair's active session, made if there is none.
-- $1 customer, $2 dentist, $3 the first lease in seconds, $4 the caller's role, $5 the connection that the
-- request named (or null)
-- Of two creates at once the later waits for the earlier's row and returns it with created = false.
WITH session AS (
    INSERT INTO chat_sessions (customer_id, dentist_id)
    VALUES ($1, $2)
    ON CONFLICT (customer_id, dentist_id) WHERE status = 'active'
    DO UPDATE SET status = excluded.status
    RETURNING *, xmax = 0 AS created
), named AS MATERIALIZED (
    SELECT connection_id FROM websocket_connections
    WHERE connection_id = $5 AND user_type = $4::text::chat_participant AND user_id = CASE $4 WHEN 'customer' THEN $1 ELSE $2 END AND expires_at > now()
), owed AS (
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, origin)
    SELECT id, 'created', 0, 'frames', created_at, created_at + make_interval(secs => $3),
           (SELECT connection_id FROM named)
    FROM session WHERE created
    RETURNING version
)
SELECT
    version, (SELECT connection_id FROM named) AS origin,
    id AS session_id, status::text, customer_id, dentist_id, created_at, updated_at,
    last_seq, customer_read_seq, dentist_read_seq, customer_unread_count, dentist_unread_count,
    NULL::bigint AS message_id,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE created AND user_type = 'customer' AND user_id = $1
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE created AND user_type = 'dentist' AND user_id = $2
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS dentist_connections
FROM session
LEFT JOIN owed ON true
