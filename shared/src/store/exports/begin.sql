-- exports/begin: a customer's records, or one session's, are to be handed over; or an export goes on.
-- $1 customer or $2 session (the other is null), $3 id of a new export, $4 the job, $5 seconds for which nobody
-- else may work on the customer's records
-- Locks the customer's row of record_keeping: nothing is erased while it is being copied.
-- One that was begun more than a day ago, or before an erasure, begins anew: its `begun_at` would leave out
-- what came since. (The notes and parts of the one before go by the bucket's own rules.)
-- No customer: no such session. No export: another job has the records.
WITH subject AS MATERIALIZED (
    SELECT $1::bigint AS customer_id WHERE $1 IS NOT NULL
    UNION ALL
    SELECT customer_id FROM chat_sessions WHERE id = $2
), taken AS (
    INSERT INTO record_keeping AS k (customer_id, job, busy_until)
    SELECT customer_id, $4, clock_timestamp() + make_interval(secs => $5) FROM subject
    ON CONFLICT (customer_id)
    DO UPDATE SET job = excluded.job, busy_until = excluded.busy_until
    WHERE k.job = excluded.job OR k.busy_until < clock_timestamp()
    RETURNING customer_id
), begun AS (
    INSERT INTO exports (id, customer_id, session_id, begun_at)
    SELECT $3, customer_id, $2, clock_timestamp() FROM taken
    ON CONFLICT (customer_id, coalesce(session_id, 0)) WHERE finished_at IS NULL
    DO UPDATE SET (id, begun_at) = (
        SELECT CASE WHEN is_stale THEN excluded.id ELSE exports.id END,
               CASE WHEN is_stale THEN excluded.begun_at ELSE exports.begun_at END
        FROM (SELECT exports.begun_at < clock_timestamp() - interval '1 day'
                     OR EXISTS (SELECT FROM erasures e WHERE e.customer_id = exports.customer_id
                                AND e.begun_at > exports.begun_at) AS is_stale) AS age
    )
    RETURNING id, begun_at
)
SELECT subject.customer_id, begun.id AS export_id, begun.begun_at
FROM (SELECT) AS one
LEFT JOIN subject ON true
LEFT JOIN begun ON true
