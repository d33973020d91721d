-- connections/expired: connections whose time is over.
-- $1 how many at most
-- Those that were being opened when their token was revoked are over from now on. No connection lives longer than
-- two hours.
WITH revoked AS (
    SELECT c.connection_id
    FROM revocations r
    JOIN websocket_connections c USING (user_type, user_id)
    WHERE r.issued_until > now() - interval '2 hours' AND c.issued_at <= r.issued_until AND c.expires_at > now()
    LIMIT $1
), ended AS (
    UPDATE websocket_connections c SET expires_at = now()
    FROM revoked
    WHERE c.connection_id = revoked.connection_id
    RETURNING c.connection_id, c.expires_at
)
(SELECT connection_id, expires_at FROM websocket_connections
 WHERE expires_at <= now()
 ORDER BY expires_at
 LIMIT $1)
UNION ALL
SELECT connection_id, expires_at FROM ended
ORDER BY expires_at
LIMIT $1
