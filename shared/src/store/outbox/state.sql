-- outbox/state: how the outbox stands.
-- $1 how far ahead to look, in seconds, $2 up to how many parked rows are counted
-- Infinite times, which nothing of ours writes, are left out: they cannot be subtracted.
WITH oldest AS (
    SELECT min(first.due_at) AS due_at
    FROM unnest(enum_range(NULL::outbox_work)) AS kind (work), LATERAL (
        SELECT due_at FROM outbox o
        WHERE o.work = kind.work AND parked_at IS NULL AND due_at > '-infinity' AND due_at < 'infinity'
        ORDER BY due_at LIMIT 1
    ) first
)
SELECT
    greatest(coalesce(extract(epoch FROM now() - due_at), 0), 0)::float8 AS age_seconds,
    coalesce(due_at <= now() + make_interval(secs => $1), false) AS soon_due,
    (SELECT count(*) FROM (
        SELECT FROM outbox WHERE parked_at IS NOT NULL LIMIT $2
    ) parked) AS parked
FROM oldest
