-- outbox/parked: what was given up, for a person to see: messages, and news of sessions.
SELECT 'message' AS kind, o.message_id, m.session_id, m.seq, o.attempts, o.parked_at
FROM message_outbox o
JOIN chat_messages m ON m.id = o.message_id
WHERE o.parked_at IS NOT NULL
UNION ALL
SELECT kind, NULL, session_id, NULL, NULL, parked_at
FROM session_outbox
WHERE parked_at IS NOT NULL
ORDER BY parked_at
LIMIT 1000
