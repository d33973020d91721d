-- connections/expired: connections whose time is over.
-- $1 how many at most
-- Those too that were being opened when their token was revoked. None of these lives longer than two hours.
SELECT connection_id FROM (
    (SELECT connection_id, expires_at FROM websocket_connections
     WHERE expires_at <= now()
     ORDER BY expires_at
     LIMIT $1)
    UNION ALL
    (SELECT c.connection_id, c.expires_at
     FROM revocations r
     JOIN websocket_connections c USING (user_type, user_id)
     WHERE r.issued_until > now() - interval '2 hours' AND c.issued_at <= r.issued_until AND c.expires_at > now()
     LIMIT $1)
) AS over
ORDER BY expires_at
LIMIT $1
