-- exports/finish: what was exported is whole, and the customer's records are nobody's any more.
-- $1 the export, $2 its key, $3 its SHA-256, $4 the job
WITH finished AS (
    UPDATE exports SET finished_at = coalesce(finished_at, clock_timestamp()), key = $2, sha256 = $3
    WHERE id = $1
    RETURNING customer_id
)
UPDATE record_keeping k SET job = NULL, busy_until = '-infinity'
FROM finished WHERE k.customer_id = finished.customer_id AND k.job = $4
