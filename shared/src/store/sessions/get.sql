-- sessions/get: one session of the caller's, with its last message.
-- $1 session, $2 caller's role, $3 caller's id
SELECT
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    m.message_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls, m.client_message_id,
    m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at
FROM chat_sessions s
LEFT JOIN message_columns m ON m.session_id = s.id AND m.seq = s.last_seq
WHERE s.id = $1 AND CASE $2 WHEN 'customer' THEN s.customer_id ELSE s.dentist_id END = $3
