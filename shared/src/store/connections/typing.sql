-- connections/typing: somebody says over a connection that they are writing in a session: who, to whom it
-- is shown, and whether they have said too much.
-- $1 the writer's connection, $2 session, $3 seconds to show it, $4 how many things may be said in a minute
-- No row: the connection is unknown or has expired. A row without a status: not the writer's session.
-- Once a minute's allowance is spent, nothing is written (as in connections/hear).
WITH writer AS (
    SELECT user_type, user_id, heard_since FROM websocket_connections
    WHERE connection_id = $1 AND expires_at > now()
), heard AS (
    UPDATE websocket_connections
    SET heard = CASE WHEN heard_since > now() - interval '1 minute' THEN heard + 1 ELSE 1 END,
        heard_since = CASE WHEN heard_since > now() - interval '1 minute' THEN heard_since ELSE now() END
    WHERE connection_id = $1 AND expires_at > now()
      AND (heard < $4 OR heard_since <= now() - interval '1 minute')
    RETURNING 1
)
SELECT
    w.user_type::text, s.status::text, now() + make_interval(secs => $3) AS expires_at,
    NOT EXISTS (SELECT FROM heard) AS is_limited,
    greatest(ceil(extract(epoch FROM w.heard_since - now()) + 60), 1)::bigint AS retry_after,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE w.user_type = 'dentist' AND user_type = 'customer' AND user_id = s.customer_id
            AND expires_at > now()
          UNION ALL
          SELECT connection_id FROM websocket_connections
          WHERE w.user_type = 'customer' AND user_type = 'dentist' AND user_id = s.dentist_id
            AND expires_at > now()) AS other_side
FROM writer w
LEFT JOIN chat_sessions s
    ON s.id = $2 AND CASE w.user_type WHEN 'customer' THEN s.customer_id ELSE s.dentist_id END = w.user_id
