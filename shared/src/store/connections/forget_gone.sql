-- connections/forget_gone: forget connections that the gateway calls gone.
-- $1 connections, $2 seconds that a handshake may take
-- A connection is noted before its handshake is over, and until then the gateway calls it gone too:
-- those that may be just opening are kept and returned.
WITH forgotten AS (
    DELETE FROM websocket_connections
    WHERE connection_id = ANY ($1) AND connected_at < now() - make_interval(secs => $2)
)
SELECT connection_id FROM websocket_connections
WHERE connection_id = ANY ($1) AND connected_at >= now() - make_interval(secs => $2)
  AND expires_at > now()
