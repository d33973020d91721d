-- sessions/create: the pair's active session, made if there is none.
-- $1 customer, $2 dentist, $3 seconds until the news is first due
-- Of two creates at once the later waits for the earlier's row and returns it with created = false.
WITH session AS (
    INSERT INTO chat_sessions (customer_id, dentist_id)
    VALUES ($1, $2)
    ON CONFLICT (customer_id, dentist_id) WHERE status = 'active'
    DO UPDATE SET status = excluded.status
    RETURNING *, xmax = 0 AS created
), owed AS (
    INSERT INTO session_outbox (session_id, kind, changed_at, due_at)
    SELECT id, 'created', created_at, created_at + make_interval(secs => $3)
    FROM session WHERE created
    RETURNING version
)
SELECT
    version,
    id AS session_id, status::text, customer_id, dentist_id, created_at, updated_at,
    last_seq, customer_read_seq, dentist_read_seq, customer_unread_count, dentist_unread_count,
    NULL::bigint AS message_id,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE created AND user_type = 'customer' AND user_id = $1
            AND expires_at > clock_timestamp()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE created AND user_type = 'dentist' AND user_id = $2
            AND expires_at > clock_timestamp()) AS dentist_connections
FROM session
LEFT JOIN owed ON true
