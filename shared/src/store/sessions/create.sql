-- sessions/create: the pair's active session, made if there is none.
-- $1 customer, $2 dentist, $3 the first lease in seconds, $4 the caller's role, $5 the connection that the
-- request named (or null)
-- Of two creates at once the later waits for the earlier, loses on active_pairs_have_one_session, and finds the
-- other's session on the next run: created = false. Whoever loses that one too, to a session that began and was
-- archived meanwhile and another that began after it, gets 503.
WITH made AS (
    INSERT INTO chat_sessions (customer_id, dentist_id)
    SELECT $1, $2
    WHERE NOT EXISTS (SELECT FROM active_pairs WHERE customer_id = $1 AND dentist_id = $2)
    RETURNING *
), session AS (
    SELECT *, true AS created FROM made
    UNION ALL
    SELECT s.*, false
    FROM active_pairs pair
    JOIN chat_sessions s ON s.id = pair.session_id
    WHERE pair.customer_id = $1 AND pair.dentist_id = $2
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
