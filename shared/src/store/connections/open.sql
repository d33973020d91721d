-- connections/open: someone is online.
-- $1 connection, $2 role, $3 id, $4 the token's exp in seconds since 1970, $5 longest life in seconds,
-- $6 how many connections one person may have, $7 the token's iat in seconds since 1970
-- Of more than that the oldest expire now: nothing more is sent to them, and redeliver closes them. A token that
-- was revoked opens none.
WITH revoked AS (
    SELECT FROM revocations
    WHERE user_type = $2::text::chat_participant AND user_id = $3 AND issued_until >= to_timestamp($7)
), surplus AS (
    SELECT connection_id FROM websocket_connections
    WHERE user_type = $2::text::chat_participant AND user_id = $3 AND expires_at > now()
    ORDER BY connected_at DESC
    OFFSET $6 - 1
), expired AS (
    UPDATE websocket_connections c SET expires_at = now()
    FROM surplus
    WHERE c.connection_id = surplus.connection_id
), opened AS (
    INSERT INTO websocket_connections (connection_id, user_type, user_id, issued_at, expires_at)
    SELECT $1, $2::text::chat_participant, $3, to_timestamp($7),
           least(to_timestamp($4), now() + make_interval(secs => $5))
    WHERE NOT EXISTS (SELECT FROM revoked)
    ON CONFLICT (connection_id) DO NOTHING
)
SELECT EXISTS (SELECT FROM revoked) AS is_revoked
