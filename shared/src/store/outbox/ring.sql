-- outbox/ring: no connection of the customer's took a message's frame: its push is due now.
-- $1 session, $2 seq, $3 seconds within which one wake is enough for many; null: nobody is to be woken
-- Tells whether redeliver is to be woken for it: not when somebody else has done so just now. A run that
-- was woken looks again after that long.
WITH rung AS (
    UPDATE outbox SET due_at = now()
    WHERE session_id = $1 AND change = 'message' AND seq = $2 AND work = 'push'
      AND attempts = 0 AND due_at > now()
    RETURNING 1
), woken AS (
    UPDATE redeliver_wakes SET woke_at = now()
    WHERE woke_at <= now() - make_interval(secs => $3) AND EXISTS (SELECT FROM rung)
    RETURNING 1
)
SELECT EXISTS (SELECT FROM woken) AS wakes
