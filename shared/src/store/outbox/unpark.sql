-- outbox/unpark: make some of the rows that were given up due again, as if for the first time.
-- $1 how many at most
-- A frame is tried again for two minutes and everything for a day from now on.
WITH parked AS (
    SELECT session_id, change, seq, work FROM outbox
    WHERE parked_at IS NOT NULL
    ORDER BY parked_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
), unparked AS (
    UPDATE outbox o
    SET parked_at = NULL, due_at = now(), attempts = 0,
        -- When someone read is what the frame of a mark says.
        changed_at = CASE WHEN o.change IN ('customer_read', 'dentist_read') THEN o.changed_at ELSE now() END
    FROM parked p
    WHERE (o.session_id, o.change, o.seq, o.work) = (p.session_id, p.change, p.seq, p.work)
    RETURNING 1
)
SELECT count(*) AS unparked FROM unparked
