-- outbox/postpone: try again later; the frames are out.
-- $1 message, $2 the taker's attempts, $3 seconds from now
-- Nothing happens if somebody else has taken the row since.
UPDATE message_outbox
SET due_at = now() + make_interval(secs => $3), frames_sent_at = coalesce(frames_sent_at, now())
WHERE message_id = $1 AND attempts = $2
