-- connections/typing: who is writing in a session, and to whom it is shown.
-- $1 the writer's connection, $2 session, $3 seconds to show it
-- No row: the connection is unknown or has expired. A row without a status: not the writer's session.
WITH writer AS (
    SELECT user_type, user_id FROM websocket_connections
    WHERE connection_id = $1 AND expires_at > now()
)
SELECT
    w.user_type::text, s.status::text, now() + make_interval(secs => $3) AS expires_at,
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
