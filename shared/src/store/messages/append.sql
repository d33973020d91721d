-- messages/append: store one message, or say why not.
-- $1 session, $2 caller's role, $3 caller's id, $4 client_message_id, $5 content, $6 image keys,
-- $7 burst (0: no limit), $8 window in seconds, $9 seconds until the outbox row is first due
-- Locks the session's row, and only when there is something to store. A retry that runs beside its
-- first try loses on chat_messages_sent_once and finds the stored row on the next run.
WITH earlier AS MATERIALIZED (
    SELECT id, seq, content, image_urls, created_at, is_read, read_at
    FROM chat_messages
    WHERE session_id = $1 AND sender_type = $2::text::chat_participant AND sender_id = $3
      AND client_message_id = $4
), mine AS MATERIALIZED (
    SELECT customer_id, dentist_id, status, last_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), pace AS MATERIALIZED (
    -- Seconds until the sender's burst-th newest message leaves the window. Mostly one row tells that
    -- the window holds fewer messages than a burst, whoever wrote them. Otherwise four bursts back is
    -- far enough to look: both sides together write at most twice the burst in a window. The inner
    -- LIMITs leave the planner no way but by (session_id, seq), however long the session is.
    SELECT ceil(extract(epoch FROM m.created_at - now()) + $8)::bigint AS wait
    FROM mine, LATERAL (
        SELECT seq, created_at FROM chat_messages
        WHERE $7 > 0 AND session_id = $1 AND seq = mine.last_seq - $7 + 1
        LIMIT 1
    ) burst_ago, LATERAL (
        SELECT seq, sender_type, created_at FROM chat_messages
        WHERE session_id = $1 AND seq > burst_ago.seq - 3 * $7
        ORDER BY seq DESC LIMIT 4 * $7
    ) m
    WHERE burst_ago.created_at > now() - make_interval(secs => $8)
      AND m.sender_type = $2::text::chat_participant
      AND m.created_at > now() - make_interval(secs => $8)
    ORDER BY m.seq DESC
    OFFSET greatest($7 - 1, 0) LIMIT 1
), numbered AS (
    UPDATE chat_sessions
    SET last_seq = last_seq + 1,
        updated_at = greatest(updated_at, clock_timestamp()),
        customer_unread_count = customer_unread_count + ($2 = 'dentist')::int,
        dentist_unread_count = dentist_unread_count + ($2 = 'customer')::int
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
      AND status = 'active'
      AND NOT EXISTS (SELECT FROM earlier)
      AND NOT EXISTS (SELECT FROM pace)
    RETURNING last_seq, updated_at
), stored AS (
    INSERT INTO chat_messages
        (session_id, seq, sender_type, sender_id, client_message_id, content, image_urls, created_at)
    SELECT $1, last_seq, $2::text::chat_participant, $3, $4, $5, to_jsonb($6::text[]), updated_at
    FROM numbered
    RETURNING id, seq, created_at
), owed AS (
    INSERT INTO message_outbox (message_id, due_at)
    SELECT id, clock_timestamp() + make_interval(secs => $9) FROM stored
)
SELECT
    CASE
        WHEN s.id IS NOT NULL THEN 'stored'
        WHEN e.id IS NOT NULL AND e.content = $5 AND e.image_urls = to_jsonb($6::text[]) THEN 'repeated'
        WHEN e.id IS NOT NULL THEN 'reused'
        WHEN mine.status IS NULL THEN 'not_found'
        WHEN mine.status <> 'active' THEN 'archived'
        WHEN pace.wait IS NOT NULL THEN 'limited'
        ELSE 'raced'
    END AS verdict,
    coalesce(s.id, e.id) AS message_id,
    coalesce(s.seq, e.seq) AS seq,
    coalesce(s.created_at, e.created_at) AS message_created_at,
    coalesce(e.is_read, false) AS is_read,
    e.read_at,
    greatest(pace.wait, 1) AS retry_after,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE s.id IS NOT NULL AND user_type = 'customer' AND user_id = mine.customer_id
            AND expires_at > clock_timestamp()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE s.id IS NOT NULL AND user_type = 'dentist' AND user_id = mine.dentist_id
            AND expires_at > clock_timestamp()) AS dentist_connections,
    -- Whether a push could be owed: only a dentist's message to a customer with a phone.
    s.id IS NOT NULL AND $2 = 'dentist' AND EXISTS (
        SELECT FROM customer_notification_mapping WHERE customer_id = mine.customer_id
    ) AS customer_has_player
FROM (SELECT) AS one
LEFT JOIN stored s ON true
LEFT JOIN earlier e ON true
LEFT JOIN mine ON true
LEFT JOIN pace ON true
