-- connections/open: someone is online.
-- $1 connection, $2 role, $3 id, $4 the token's exp in seconds since 1970, $5 longest life in seconds,
-- $6 how many connections one person may have
-- Of more than that the oldest expire now: nothing more is sent to them, and redeliver closes them.
WITH surplus AS (
    SELECT connection_id FROM websocket_connections
    WHERE user_type = $2::text::chat_participant AND user_id = $3 AND expires_at > now()
    ORDER BY connected_at DESC
    OFFSET $6 - 1
), expired AS (
    UPDATE websocket_connections c SET expires_at = now()
    FROM surplus
    WHERE c.connection_id = surplus.connection_id
)
INSERT INTO websocket_connections (connection_id, user_type, user_id, expires_at)
VALUES ($1, $2::text::chat_participant, $3,
        least(to_timestamp($4), now() + make_interval(secs => $5)))
ON CONFLICT (connection_id) DO NOTHING
