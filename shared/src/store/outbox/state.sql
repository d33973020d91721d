-- outbox/state: how the outbox stands.
-- $1 how far ahead to look, in seconds
SELECT
    greatest(coalesce(extract(epoch FROM now() - min(due_at)), 0), 0)::float8 AS age_seconds,
    coalesce(min(due_at) <= now() + make_interval(secs => $1), false) AS soon_due,
    (SELECT count(*) FROM message_outbox WHERE parked_at IS NOT NULL) AS parked
FROM message_outbox
WHERE parked_at IS NULL
