-- sessions/expired: sessions that have messages older than a retention period.
-- $1 older than this, $2 and $3 created_at and id of the last message looked at before (null: the oldest),
-- $4 how many messages are looked at
-- Walks messages by created_at. Those that a hold keeps are passed over once in each run.
WITH old AS MATERIALIZED (
    SELECT id, session_id, created_at FROM chat_messages
    WHERE created_at >= coalesce($2, '-infinity') AND created_at < $1
      AND (created_at, id) > (coalesce($2, '-infinity'), coalesce($3, 0))
    ORDER BY created_at, id
    LIMIT $4
)
SELECT ARRAY(SELECT DISTINCT session_id FROM old ORDER BY session_id) AS sessions,
       (SELECT count(*) FROM old) AS looked_at,
       (SELECT count(*) FROM old
        JOIN chat_sessions s ON s.id = old.session_id
        JOIN record_keeping k ON k.customer_id = s.customer_id
        WHERE k.customer_holds > 0 OR s.id = ANY (k.held_sessions)) AS held,
       last.created_at AS last_created_at, last.id AS last_id
FROM (SELECT) AS one
LEFT JOIN LATERAL (SELECT id, created_at FROM old ORDER BY created_at DESC, id DESC LIMIT 1) last ON true
