-- holds/lifted: the hold of this subject and reference that was lifted last.
-- $1 customer (or null), $2 session (or null), $3 reference
SELECT id AS hold_id, customer_id, session_id, reason, reference, placed_at, lifted_at, lift_reason
FROM holds
WHERE lifted_at IS NOT NULL AND reference = $3
  AND session_id IS NOT DISTINCT FROM $2 AND (customer_id = $1 OR session_id = $2)
ORDER BY lifted_at DESC
LIMIT 1
