-- outbox/hand_on: the frames of a fresh message are out: nothing is owed any more, or only the rest (its
-- push, and its images if S3 is away).
-- $1 message, $2 connections that were sent its frame, $3 seconds after the commit when the rest is due
-- (null: there is none), $4 seconds since its commit was known
-- Returns who was sent nothing though they were online by then. Whoever connected while the message was
-- being committed is not among those whom its own statement saw, and may have fetched before the
-- commit; whoever connected later fetches it. As long as there is anyone, the row stays as it is.
WITH pair AS MATERIALIZED (
    SELECT s.customer_id, s.dentist_id, m.created_at
    FROM chat_messages m
    JOIN chat_sessions s ON s.id = m.session_id
    WHERE m.id = $1
), late AS MATERIALIZED (
    SELECT c.connection_id, c.user_type
    FROM pair
    JOIN websocket_connections c ON c.user_type = 'customer' AND c.user_id = pair.customer_id
    WHERE c.connected_at <= now() - make_interval(secs => $4)
      AND c.expires_at > now() AND c.connection_id <> ALL ($2)
    UNION ALL
    SELECT c.connection_id, c.user_type
    FROM pair
    JOIN websocket_connections c ON c.user_type = 'dentist' AND c.user_id = pair.dentist_id
    WHERE c.connected_at <= now() - make_interval(secs => $4)
      AND c.expires_at > now() AND c.connection_id <> ALL ($2)
), settled AS (
    DELETE FROM message_outbox
    WHERE message_id = $1 AND $3 IS NULL AND NOT EXISTS (SELECT FROM late)
), sent AS (
    -- Nothing happens if redelivery has taken the row.
    UPDATE message_outbox o
    SET frames_sent_at = now(), due_at = pair.created_at + make_interval(secs => $3)
    FROM pair
    WHERE o.message_id = $1 AND o.attempts = 0 AND $3 IS NOT NULL AND NOT EXISTS (SELECT FROM late)
)
SELECT
    ARRAY(SELECT connection_id FROM late WHERE user_type = 'customer') AS customer_connections,
    ARRAY(SELECT connection_id FROM late WHERE user_type = 'dentist') AS dentist_connections
