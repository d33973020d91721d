-- news/park: give up, visibly.
-- $1 session, $2 kind, $3 version
UPDATE session_outbox SET parked_at = now() WHERE session_id = $1 AND kind = $2 AND version = $3
