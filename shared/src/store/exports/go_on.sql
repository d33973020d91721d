-- exports/go_on: an export that is not whole yet goes on having the customer's records.
-- $1 the export, $2 the job, $3 seconds for which nobody else may work on them
-- Locks the customer's row of record_keeping, then the export's, as everyone does.
-- No row: it is whole, or was begun anew; or another job has the records.
WITH kept AS MATERIALIZED (
    SELECT customer_id FROM record_keeping
    WHERE customer_id = (SELECT customer_id FROM exports WHERE id = $1)
      AND (job = $2 OR busy_until < clock_timestamp())
    FOR UPDATE
), unfinished AS MATERIALIZED (
    SELECT e.customer_id FROM kept JOIN exports e ON e.id = $1 AND e.finished_at IS NULL
    FOR SHARE OF e
)
UPDATE record_keeping k SET job = $2, busy_until = clock_timestamp() + make_interval(secs => $3)
FROM unfinished WHERE k.customer_id = unfinished.customer_id
RETURNING k.customer_id
