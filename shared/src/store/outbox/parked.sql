-- outbox/parked: what was given up, for a person to see.
SELECT o.message_id, m.session_id, m.seq, o.attempts, o.parked_at
FROM message_outbox o
JOIN chat_messages m ON m.id = o.message_id
WHERE o.parked_at IS NOT NULL
ORDER BY o.parked_at
LIMIT 1000
