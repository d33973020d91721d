-- messages/may_append: what messages/append would say, without storing anything. Asked before the
-- images of a message are looked at.
-- $1 session, $2 caller's role, $3 caller's id, $4 client_message_id, $5 content, $6 image keys,
-- $7 burst (0: no limit), $8 window in seconds
WITH earlier AS MATERIALIZED (
    SELECT id, seq, content, image_urls, created_at, is_read, read_at
    FROM chat_messages
    WHERE session_id = $1 AND sender_type = $2::text::chat_participant AND sender_id = $3
      AND client_message_id = $4
), mine AS MATERIALIZED (
    SELECT status, last_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), pace AS MATERIALIZED (
    SELECT ceil(extract(epoch FROM m.created_at - now()) + $8)::bigint AS wait
    FROM mine, chat_messages m
    WHERE $7 > 0 AND m.session_id = $1 AND m.seq > mine.last_seq - 4 * $7
      AND m.sender_type = $2::text::chat_participant
      AND m.created_at > now() - make_interval(secs => $8)
    ORDER BY m.seq DESC
    OFFSET greatest($7 - 1, 0) LIMIT 1
)
SELECT
    CASE
        WHEN e.id IS NOT NULL AND e.content = $5 AND e.image_urls = to_jsonb($6::text[]) THEN 'repeated'
        WHEN e.id IS NOT NULL THEN 'reused'
        WHEN mine.status IS NULL THEN 'not_found'
        WHEN mine.status <> 'active' THEN 'archived'
        WHEN pace.wait IS NOT NULL THEN 'limited'
        ELSE 'allowed'
    END AS verdict,
    e.id AS message_id, e.seq, e.created_at AS message_created_at,
    coalesce(e.is_read, false) AS is_read, e.read_at,
    greatest(pace.wait, 1) AS retry_after
FROM (SELECT) AS one
LEFT JOIN earlier e ON true
LEFT JOIN mine ON true
LEFT JOIN pace ON true
