-- connections/expired: connections whose time is over.
-- $1 how many at most
SELECT connection_id FROM websocket_connections
WHERE expires_at <= now()
ORDER BY expires_at
LIMIT $1
