-- outbox/parked: the rows that were given up longest ago, for a person to see.
-- $1 how many at most
SELECT o.session_id, o.change::text, o.seq, o.work::text, o.attempts, o.parked_at
FROM outbox o
WHERE o.parked_at IS NOT NULL
ORDER BY o.parked_at
LIMIT $1
