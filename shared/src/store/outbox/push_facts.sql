-- outbox/push_facts: what a push for a message is made from, as things stand now.
-- $1 session, $2 seq
-- No row: the message was retracted, and nobody's phone is to ring for it.
SELECT
    m.id AS message_id, m.seq <= s.customer_read_seq AS is_read, s.customer_id,
    p.onesignal_player_id, p.updated_at AS registered_at,
    (SELECT coalesce(sum(customer_unread_count), 0)::bigint FROM chat_sessions a
     WHERE a.customer_id = s.customer_id AND a.status = 'active') AS badge
FROM chat_messages m
JOIN chat_sessions s ON s.id = m.session_id
LEFT JOIN customer_notification_mapping p ON p.customer_id = s.customer_id
WHERE m.session_id = $1 AND m.seq = $2 AND m.retracted_at IS NULL
