-- erasures/seal: the erasure's tombstone is where no restored backup can lose it, and the customer's records
-- are nobody's any more.
-- $1 the erasure
WITH sealed AS (
    UPDATE erasures SET sealed_at = clock_timestamp() WHERE id = $1 AND finished_at IS NOT NULL
    RETURNING customer_id
)
UPDATE record_keeping k SET job = NULL, busy_until = '-infinity'
FROM sealed WHERE k.customer_id = sealed.customer_id AND k.job = 'erasure'
