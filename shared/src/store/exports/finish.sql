-- exports/finish: what was exported is whole, and the customer's records are nobody's any more.
-- $1 the export, $2 its key, $3 its SHA-256, $4 the job
-- Locks the customer's row of record_keeping, then the export's, as everyone does.
-- Nothing happens where another invocation has finished it: the records may be the next export's by now.
WITH kept AS MATERIALIZED (
    SELECT customer_id FROM record_keeping
    WHERE customer_id = (SELECT customer_id FROM exports WHERE id = $1)
    FOR UPDATE
), finished AS (
    UPDATE exports e SET finished_at = clock_timestamp(), key = $2, sha256 = $3
    FROM kept WHERE e.id = $1 AND e.finished_at IS NULL
    RETURNING e.customer_id
)
UPDATE record_keeping k SET job = NULL, busy_until = '-infinity'
FROM finished WHERE k.customer_id = finished.customer_id AND k.job = $4
