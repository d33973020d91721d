-- outbox/state: how both outboxes stand.
-- $1 how far ahead to look, in seconds
-- Infinite times, which nothing of ours writes, are left out: they cannot be subtracted.
WITH oldest AS (
    SELECT least(
        (SELECT min(due_at) FROM message_outbox WHERE parked_at IS NULL AND isfinite(due_at)),
        (SELECT min(due_at) FROM session_outbox WHERE parked_at IS NULL AND isfinite(due_at))
    ) AS due_at
)
SELECT
    greatest(coalesce(extract(epoch FROM now() - due_at), 0), 0)::float8 AS age_seconds,
    coalesce(due_at <= now() + make_interval(secs => $1), false) AS soon_due,
    (SELECT count(*) FROM message_outbox WHERE parked_at IS NOT NULL)
        + (SELECT count(*) FROM session_outbox WHERE parked_at IS NOT NULL) AS parked
FROM oldest
