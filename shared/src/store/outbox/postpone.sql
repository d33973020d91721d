-- outbox/postpone: try again later.
-- $1 session, $2 change, $3 seq, $4 work, $5 version, $6 seconds from now
-- Nothing happens to a row that somebody else has taken since, or that a newer change has written.
UPDATE outbox SET due_at = now() + make_interval(secs => $6)
WHERE session_id = $1 AND change = $2::text::outbox_change AND seq = $3
  AND work = $4::text::outbox_work AND version = $5
