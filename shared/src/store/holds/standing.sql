-- holds/standing: the holds that stand on a customer's records or on any session of theirs.
-- $1 customer, $2 how many at most
SELECT id AS hold_id, customer_id, session_id, reason, reference, placed_at, lifted_at, lift_reason
FROM holds
WHERE customer_id = $1 AND lifted_at IS NULL
ORDER BY placed_at, id
LIMIT $2
