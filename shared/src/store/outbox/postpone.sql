-- outbox/postpone: try again later; the frames are out, and perhaps the push is done.
-- $1 message, $2 the taker's attempts, $3 seconds from now, $4 whether the push is done
-- Nothing happens if somebody else has taken the row since.
UPDATE message_outbox
SET due_at = now() + make_interval(secs => $3), frames_sent_at = coalesce(frames_sent_at, now()),
    pushed_at = CASE WHEN $4 THEN coalesce(pushed_at, now()) ELSE pushed_at END
WHERE message_id = $1 AND attempts = $2
