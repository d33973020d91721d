-- outbox/postpone: try again later.
-- $1 message, $2 seconds from now
UPDATE message_outbox
SET due_at = now() + make_interval(secs => $2), frames_sent_at = coalesce(frames_sent_at, now())
WHERE message_id = $1
