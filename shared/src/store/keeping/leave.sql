-- keeping/leave: a job is done with a customer's records.
-- $1 customer, $2 the job
UPDATE record_keeping SET job = NULL, busy_until = '-infinity'
WHERE customer_id = $1 AND job = $2
