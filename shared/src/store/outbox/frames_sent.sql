-- outbox/frames_sent: only the push is still owed, from a while after the message's commit on.
-- $1 message, $2 the taker's attempts, $3 seconds after the commit
-- Nothing happens if somebody else has taken the row since.
UPDATE message_outbox o
SET frames_sent_at = now(), due_at = m.created_at + make_interval(secs => $3)
FROM chat_messages m
WHERE o.message_id = $1 AND o.attempts = $2 AND m.id = $1
