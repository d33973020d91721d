-- messages/may_append: what messages/append would say, without storing anything. Asked before the
-- images of a message are looked at.
-- $1 session, $2 caller's role, $3 caller's id, $4 client_message_id, $5 content, $6 image keys,
-- $7 how far the sender has read (null: not said)
-- The pace is left to the send itself: what is wrong with an image comes before that.
WITH earlier AS MATERIALIZED (
    -- As it is now, and what of it was sent: its first revision if it was corrected or retracted.
    SELECT e.*, coalesce(sent.content, e.content) AS sent_content,
           CASE WHEN sent.image_urls IS NULL THEN e.image_urls
                ELSE ARRAY(SELECT jsonb_array_elements_text(sent.image_urls)) END AS sent_image_urls
    FROM message_columns e
    LEFT JOIN LATERAL (
        SELECT content, image_urls FROM chat_message_revisions r
        WHERE r.session_id = e.session_id AND r.seq = e.seq
        ORDER BY r.id LIMIT 1
    ) sent ON true
    WHERE e.session_id = $1 AND e.sender_type = $2 AND e.sender_id = $3 AND e.client_message_id = $4
), taken AS MATERIALIZED (
    SELECT FROM message_images WHERE key = ANY ($6) LIMIT 1
), mine AS MATERIALIZED (
    SELECT status, last_seq, customer_read_seq, dentist_read_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
)
SELECT
    CASE
        WHEN e.message_id IS NOT NULL AND e.sent_content = $5 AND e.sent_image_urls = $6 THEN 'repeated'
        WHEN mine.status IS NULL THEN 'not_found'
        WHEN $7 > mine.last_seq THEN 'beyond_end'
        WHEN e.message_id IS NOT NULL THEN 'reused'
        WHEN mine.status <> 'active' THEN 'archived'
        WHEN EXISTS (SELECT FROM taken) THEN 'image_taken'
        ELSE 'allowed'
    END AS verdict,
    e.*,
    coalesce(mine.customer_read_seq, 0) AS customer_read_seq,
    coalesce(mine.dentist_read_seq, 0) AS dentist_read_seq
FROM (SELECT) AS one
LEFT JOIN earlier e ON true
LEFT JOIN mine ON true
