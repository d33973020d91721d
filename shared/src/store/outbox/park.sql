-- outbox/park: give up, visibly.
-- $1 message
UPDATE message_outbox SET parked_at = now() WHERE message_id = $1
