-- messages/may_append: what messages/append would say, without storing anything. Asked before the
-- images of a message are looked at.
-- $1 session, $2 caller's role, $3 caller's id, $4 client_message_id, $5 content, $6 image keys
-- The pace is left to the send itself: what is wrong with an image comes before that.
WITH earlier AS MATERIALIZED (
    SELECT message_id, seq, content, image_urls, message_created_at, is_read, read_at
    FROM message_columns
    WHERE session_id = $1 AND sender_type = $2 AND sender_id = $3 AND client_message_id = $4
), mine AS MATERIALIZED (
    SELECT status, customer_read_seq, dentist_read_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
)
SELECT
    CASE
        WHEN e.message_id IS NOT NULL AND e.content = $5 AND e.image_urls = $6 THEN 'repeated'
        WHEN e.message_id IS NOT NULL THEN 'reused'
        WHEN mine.status IS NULL THEN 'not_found'
        WHEN mine.status <> 'active' THEN 'archived'
        ELSE 'allowed'
    END AS verdict,
    e.message_id, e.seq, e.message_created_at, coalesce(e.is_read, false) AS is_read, e.read_at,
    coalesce(mine.customer_read_seq, 0) AS customer_read_seq,
    coalesce(mine.dentist_read_seq, 0) AS dentist_read_seq
FROM (SELECT) AS one
LEFT JOIN earlier e ON true
LEFT JOIN mine ON true
