-- sessions/remove: remove a session of which no message is left.
-- $1 session, $2 'retention' | 'erasure', $3 the erasure (or null), $4 for retention: archived, and without
-- activity since (null otherwise)
-- Locks the customer's row of record_keeping, then the session's: a message that came meanwhile keeps it. What
-- was uploaded for it and shown by no message goes by its prefix.
-- No row: no such session. `removed` is false where it stays.
WITH subject AS MATERIALIZED (
    SELECT id, customer_id FROM chat_sessions WHERE id = $1
), keeping AS (
    INSERT INTO record_keeping AS k (customer_id)
    SELECT customer_id FROM subject
    ON CONFLICT (customer_id) DO UPDATE SET customer_id = excluded.customer_id
    RETURNING customer_id,
              CASE $2 WHEN 'erasure' THEN customer_holds > 0 OR held_sessions <> '{}'
                      ELSE customer_holds > 0 OR $1 = ANY (held_sessions) END AS is_held,
              CASE $2 WHEN 'erasure' THEN job IS DISTINCT FROM 'erasure'
                      ELSE busy_until > clock_timestamp() END AS is_busy
), gone AS (
    DELETE FROM chat_sessions s USING keeping k
    WHERE s.id = $1 AND s.customer_id = k.customer_id AND NOT k.is_held AND NOT k.is_busy
      AND s.first_seq > s.last_seq
      AND ($2 = 'erasure' OR (s.status = 'archived' AND s.updated_at < $4))
    RETURNING s.id, s.customer_id
), undelivered AS (
    DELETE FROM outbox o USING gone WHERE o.session_id = gone.id
), marks AS (
    DELETE FROM read_marks r USING gone WHERE r.session_id = gone.id
), acts AS (
    DELETE FROM sender_acts a USING gone WHERE a.session_id = gone.id
), owed AS (
    INSERT INTO erased_objects (customer_id, in_records, prefix)
    SELECT customer_id, false, 'sessions/' || id || '/' FROM gone
    UNION ALL
    SELECT customer_id, true, 'exports/session-' || id || '/' FROM gone
), counted AS (
    UPDATE erasures e SET sessions = e.sessions + 1 FROM gone WHERE e.id = $3
)
SELECT k.is_held, k.is_busy, gone.id IS NOT NULL AS removed
FROM keeping k
LEFT JOIN gone ON true
