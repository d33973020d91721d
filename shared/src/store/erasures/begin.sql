-- erasures/begin: a customer's records are to be erased, or an erasure that was begun goes on.
-- $1 customer, $2 reference, $3 id of a new erasure, $4 seconds for which nobody else may work on them,
-- $5 when it was begun, for one that is applied again (null: now)
-- Locks the customer's row of record_keeping: a hold that was committed before is seen, one that comes
-- later waits, and stops the next step.
WITH taken AS (
    INSERT INTO record_keeping AS k (customer_id, job, busy_until)
    VALUES ($1, 'erasure', clock_timestamp() + make_interval(secs => $4))
    ON CONFLICT (customer_id)
    DO UPDATE SET
        job = CASE WHEN k.customer_holds > 0 OR k.held_sessions <> '{}' THEN k.job
                   WHEN k.busy_until < clock_timestamp() THEN 'erasure'
                   ELSE k.job END,
        busy_until = CASE WHEN k.customer_holds > 0 OR k.held_sessions <> '{}' THEN k.busy_until
                          WHEN k.job = 'erasure' OR k.busy_until < clock_timestamp() THEN excluded.busy_until
                          ELSE k.busy_until END
    RETURNING customer_holds > 0 OR held_sessions <> '{}' AS is_held,
              job IS DISTINCT FROM 'erasure' AS is_busy
), begun AS (
    INSERT INTO erasures (id, customer_id, reference, begun_at)
    SELECT $3, $1, $2, coalesce($5, clock_timestamp()) FROM taken WHERE NOT is_held AND NOT is_busy
    ON CONFLICT (customer_id) WHERE sealed_at IS NULL
    DO UPDATE SET reference = erasures.reference
    RETURNING *
)
SELECT taken.is_held, taken.is_busy, b.id AS erasure_id, b.customer_id, b.reference, b.begun_at, b.finished_at,
       b.sealed_at, b.sessions, b.messages, b.revisions, b.images
FROM taken
LEFT JOIN begun b ON true
