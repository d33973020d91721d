-- erasures/earlier: what is there to erase of a customer, and the newest erasure of the same reference.
-- $1 customer, $2 reference
SELECT EXISTS (SELECT FROM chat_sessions WHERE customer_id = $1)
       OR EXISTS (SELECT FROM customer_notification_mapping WHERE customer_id = $1)
       OR EXISTS (SELECT FROM erased_objects WHERE customer_id = $1) AS has_records,
       false AS is_held, false AS is_busy, e.id AS erasure_id, e.customer_id, e.reference, e.begun_at, e.finished_at,
       e.sealed_at, e.sessions, e.messages, e.revisions, e.images
FROM (SELECT) AS one
LEFT JOIN LATERAL (
    SELECT * FROM erasures
    WHERE customer_id = $1 AND reference = $2 AND sealed_at IS NOT NULL
    ORDER BY begun_at DESC LIMIT 1
) e ON true
