-- holds/lift: a hold stands no longer.
-- $1 customer (or null), $2 session (or null), $3 reference, $4 why, $5 the hold's id, and then no other (or null)
-- Locks the hold's row, then the customer's row of record_keeping. No row: no such hold stands.
WITH lifted AS (
    UPDATE holds h SET lifted_at = clock_timestamp(), lift_reason = $4
    WHERE h.lifted_at IS NULL AND h.reference = $3
      AND ($5 IS NULL OR h.id = $5)
      AND h.session_id IS NOT DISTINCT FROM $2 AND (h.customer_id = $1 OR h.session_id = $2)
    RETURNING id, customer_id, session_id, reason, reference, placed_at, lifted_at, lift_reason
), counted AS (
    UPDATE record_keeping k
    SET customer_holds = k.customer_holds - (l.session_id IS NULL)::int,
        -- One of its entries: other holds on the same session may stand.
        held_sessions = CASE WHEN l.session_id IS NULL THEN k.held_sessions ELSE
            k.held_sessions[:array_position(k.held_sessions, l.session_id) - 1]
            || k.held_sessions[array_position(k.held_sessions, l.session_id) + 1:] END
    FROM lifted l
    WHERE k.customer_id = l.customer_id
    RETURNING k.customer_id
)
SELECT id AS hold_id, lifted.customer_id, session_id, reason, reference, placed_at, lifted_at, lift_reason
FROM lifted
LEFT JOIN counted ON true
