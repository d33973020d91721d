-- holds/place: a hold on a customer's records, or on one session's.
-- $1 customer (or null), $2 session (or null), $3 reason, $4 reference, $5 the hold's id, $6 when it was
-- placed (null: now)
-- Locks the customer's row of record_keeping, as every step that erases does: from its commit on, none takes
-- anything. `is_new` is false where it stood already. No row: no such session, or the hold of that id was
-- lifted.
WITH subject AS MATERIALIZED (
    SELECT $1::bigint AS customer_id WHERE $1 IS NOT NULL
    UNION ALL
    SELECT customer_id FROM chat_sessions WHERE id = $2
), placed AS (
    INSERT INTO holds (id, customer_id, session_id, reason, reference, placed_at)
    SELECT $5, customer_id, $2, $3, $4, coalesce($6, clock_timestamp()) FROM subject
    WHERE NOT EXISTS (SELECT FROM holds WHERE id = $5 AND lifted_at IS NOT NULL)
    ON CONFLICT (customer_id, coalesce(session_id, 0), reference) WHERE lifted_at IS NULL
    DO UPDATE SET reason = holds.reason
    RETURNING id, customer_id, session_id, reason, reference, placed_at, xmax = 0 AS is_new
), counted AS (
    INSERT INTO record_keeping AS k (customer_id, customer_holds, held_sessions)
    SELECT customer_id, (session_id IS NULL)::int,
           CASE WHEN session_id IS NULL THEN '{}' ELSE ARRAY[session_id] END
    FROM placed WHERE is_new
    ON CONFLICT (customer_id)
    DO UPDATE SET customer_holds = k.customer_holds + excluded.customer_holds,
                  held_sessions = k.held_sessions || excluded.held_sessions
    RETURNING customer_id
)
SELECT p.id AS hold_id, p.customer_id, p.session_id, p.reason, p.reference, p.placed_at,
       NULL::timestamptz AS lifted_at, NULL::text AS lift_reason, p.is_new,
       EXISTS (SELECT FROM erasures e
               WHERE e.customer_id = p.customer_id AND e.finished_at IS NULL) AS erasure_begun
FROM placed p
LEFT JOIN counted ON true
