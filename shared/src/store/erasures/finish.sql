-- erasures/finish: nothing is left of what an erasure was to remove.
-- $1 the erasure
-- Finishes only where that is so; the counts do not change from then on.
WITH finished AS (
    UPDATE erasures e SET finished_at = coalesce(e.finished_at, clock_timestamp())
    WHERE e.id = $1
      AND NOT EXISTS (SELECT FROM chat_sessions s
                      WHERE s.customer_id = e.customer_id AND s.created_at <= e.begun_at)
      AND NOT EXISTS (SELECT FROM erased_objects o WHERE o.customer_id = e.customer_id)
    RETURNING *
)
SELECT false AS is_held, false AS is_busy, id AS erasure_id, customer_id, reference, begun_at, finished_at, sealed_at,
       sessions, messages, revisions, images
FROM finished
