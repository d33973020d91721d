-- outbox/frames_sent: only the push is still owed, from a while after the message's commit on.
-- $1 message, $2 seconds after the commit
UPDATE message_outbox o
SET frames_sent_at = now(), due_at = m.created_at + make_interval(secs => $2)
FROM chat_messages m
WHERE o.message_id = $1 AND m.id = $1
