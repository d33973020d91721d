-- outbox/settle: what a row owed is done, and the row goes; unless there are frames for someone late.
-- $1 session, $2 change, $3 seq, $4 work, $5 version,
-- $6 the connections that need no frame (any more), $7 seconds since the change's commit was known; both
-- null when the work is none of frames
-- Late is whoever was online when the commit was known but not in the snapshot of the statement that
-- made the change: they may have fetched before the commit, and were sent nothing. They are returned,
-- and as long as there is anyone the row stays. Whoever connected later fetches it.
-- Nothing happens to a row that somebody else has taken since, or that a newer change has written; nor
-- is anybody late then: they are who has the row to reach.
WITH pair AS MATERIALIZED (
    SELECT customer_id, dentist_id FROM chat_sessions
    WHERE id = $1 AND $6 IS NOT NULL
      AND EXISTS (SELECT FROM outbox
                  WHERE session_id = $1 AND change = $2::text::outbox_change AND seq = $3
                    AND work = $4::text::outbox_work AND version = $5)
), late AS MATERIALIZED (
    SELECT c.connection_id, c.user_type
    FROM pair
    JOIN websocket_connections c ON c.user_type = 'customer' AND c.user_id = pair.customer_id
    WHERE c.connected_at <= now() - make_interval(secs => $7)
      AND c.expires_at > now() AND c.connection_id <> ALL ($6)
    UNION ALL
    SELECT c.connection_id, c.user_type
    FROM pair
    JOIN websocket_connections c ON c.user_type = 'dentist' AND c.user_id = pair.dentist_id
    WHERE c.connected_at <= now() - make_interval(secs => $7)
      AND c.expires_at > now() AND c.connection_id <> ALL ($6)
), settled AS (
    DELETE FROM outbox
    WHERE session_id = $1 AND change = $2::text::outbox_change AND seq = $3
      AND work = $4::text::outbox_work AND version = $5 AND NOT EXISTS (SELECT FROM late)
)
SELECT
    ARRAY(SELECT connection_id FROM late WHERE user_type = 'customer') AS customer_connections,
    ARRAY(SELECT connection_id FROM late WHERE user_type = 'dentist') AS dentist_connections
