-- erasures/next_session: a session that this erasure is still to remove.
-- $1 customer, $2 when the erasure was begun
-- Reads a customer's sessions by an index; those that were begun later are not meant.
SELECT id AS session_id FROM chat_sessions
WHERE customer_id = $1 AND created_at <= $2
LIMIT 1
