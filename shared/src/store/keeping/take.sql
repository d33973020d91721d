-- keeping/take: a job takes a customer's records for a while, or goes on having them.
-- $1 customer, $2 the job, $3 for how many seconds
-- Locks the customer's row of record_keeping. No row: another job has them.
INSERT INTO record_keeping AS k (customer_id, job, busy_until)
VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (customer_id)
DO UPDATE SET job = excluded.job, busy_until = excluded.busy_until
WHERE k.job = $2 OR k.busy_until < clock_timestamp()
RETURNING customer_id
