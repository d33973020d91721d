-- sessions/empty: archived sessions of which no message is left.
-- $1 those after this one, $2 how many, $3 without activity since
SELECT id AS session_id FROM chat_sessions
WHERE status = 'archived' AND first_seq > last_seq AND id > $1 AND updated_at < $3
ORDER BY id
LIMIT $2
