-- connections/find: whose connection this is, while it may be used.
-- $1 connection
SELECT user_type::text, user_id
FROM websocket_connections
WHERE connection_id = $1 AND expires_at > now()
