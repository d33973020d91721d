-- connections/open: someone is online.
-- $1 connection, $2 role, $3 id, $4 the token's exp in seconds since 1970, $5 longest life in seconds
INSERT INTO websocket_connections (connection_id, user_type, user_id, expires_at)
VALUES ($1, $2::text::chat_participant, $3,
        least(to_timestamp($4), now() + make_interval(secs => $5)))
ON CONFLICT (connection_id) DO NOTHING
