-- access/operators: what operators did with a customer's records, or with one session's.
-- $1 customer or $2 session (the other is null), $3 from, $4 until, $5 how many at most
-- A session that is gone is still found where something was done with it by itself; what was done with its
-- customer's records is found under the customer.
WITH subject AS MATERIALIZED (
    SELECT $1::bigint AS customer_id
    UNION ALL
    SELECT customer_id FROM chat_sessions WHERE id = $2
    UNION
    -- No index finds these: whoever asks about a customer need not walk them.
    SELECT customer_id FROM holds WHERE $1 IS NULL AND session_id = $2
    UNION
    SELECT customer_id FROM exports WHERE $1 IS NULL AND session_id = $2
), acts AS (
    -- What has not happened yet is at no time, and so in no span.
    SELECT placed_at AS at, 'held' AS act, customer_id, session_id, reference FROM holds
    UNION ALL
    SELECT lifted_at, 'released', customer_id, session_id, reference FROM holds
    UNION ALL
    SELECT finished_at, 'exported', customer_id, session_id, NULL FROM exports
    UNION ALL
    SELECT begun_at, 'erasure begun', customer_id, NULL, reference FROM erasures
    UNION ALL
    SELECT finished_at, 'erased', customer_id, NULL, reference FROM erasures
)
SELECT at, act, customer_id, session_id, reference
FROM acts JOIN subject USING (customer_id)
WHERE ($2 IS NULL OR session_id IS NULL OR session_id = $2) AND at >= $3 AND at < $4
ORDER BY at
LIMIT $5
