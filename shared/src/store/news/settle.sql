-- news/settle: everyone who is online has heard of a session's change: nothing is owed any more.
-- $1 session, $2 kind, $3 version, $4 connections that were told, $5 seconds since its commit was known
-- Returns who was not told though they were online by then (see outbox/hand_on). As long as there is
-- anyone, the row stays. Newer news of the same kind is left to whoever tells of it.
WITH pair AS MATERIALIZED (
    SELECT customer_id, dentist_id FROM chat_sessions WHERE id = $1
), late AS MATERIALIZED (
    SELECT c.connection_id, c.user_type
    FROM pair
    JOIN websocket_connections c ON c.user_type = 'customer' AND c.user_id = pair.customer_id
    WHERE c.connected_at <= now() - make_interval(secs => $5)
      AND c.expires_at > now() AND c.connection_id <> ALL ($4)
    UNION ALL
    SELECT c.connection_id, c.user_type
    FROM pair
    JOIN websocket_connections c ON c.user_type = 'dentist' AND c.user_id = pair.dentist_id
    WHERE c.connected_at <= now() - make_interval(secs => $5)
      AND c.expires_at > now() AND c.connection_id <> ALL ($4)
), settled AS (
    DELETE FROM session_outbox
    WHERE session_id = $1 AND kind = $2 AND version = $3 AND NOT EXISTS (SELECT FROM late)
)
SELECT
    ARRAY(SELECT connection_id FROM late WHERE user_type = 'customer') AS customer_connections,
    ARRAY(SELECT connection_id FROM late WHERE user_type = 'dentist') AS dentist_connections
