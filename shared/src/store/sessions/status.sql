-- sessions/status: whether one of the caller's sessions takes messages.
-- $1 session, $2 caller's role, $3 caller's id
SELECT status::text
FROM chat_sessions
WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
