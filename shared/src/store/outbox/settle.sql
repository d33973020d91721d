-- outbox/settle: nothing is owed any more for a message.
-- $1 message
DELETE FROM message_outbox WHERE message_id = $1
