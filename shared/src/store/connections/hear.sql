-- connections/hear: somebody says something over a connection: who, and whether they have said too much.
-- $1 connection, $2 how many things may be said in a minute
-- No row: the connection is unknown or has expired. Once a minute's allowance is spent, nothing is
-- written.
WITH heard AS (
    UPDATE websocket_connections
    SET heard = CASE WHEN heard_since > now() - interval '1 minute' THEN heard + 1 ELSE 1 END,
        heard_since = CASE WHEN heard_since > now() - interval '1 minute' THEN heard_since ELSE now() END
    WHERE connection_id = $1 AND expires_at > now()
      AND (heard < $2 OR heard_since <= now() - interval '1 minute')
    RETURNING 1
)
SELECT user_type::text, user_id, NOT EXISTS (SELECT FROM heard) AS is_limited,
       greatest(ceil(extract(epoch FROM heard_since - now()) + 60), 1)::bigint AS retry_after
FROM websocket_connections
WHERE connection_id = $1 AND expires_at > now()
