-- messages/append: store one message, or say why not.
-- $1 session, $2 caller's role, $3 caller's id, $4 client_message_id, $5 content, $6 image keys,
-- $7 burst (0: no limit), $8 window in seconds, $9 the first lease in seconds, $10 seconds that the
-- customer has to read it before the push is due, $11 the connection that the request named (or null)
-- Locks the session's row, and only when there is something to store. A retry that runs beside its
-- first try loses on chat_messages_sent_once and finds the stored row on the next run.
WITH earlier AS MATERIALIZED (
    SELECT message_id, seq, content, image_urls, message_created_at, is_read, read_at
    FROM message_columns
    WHERE session_id = $1 AND sender_type = $2 AND sender_id = $3 AND client_message_id = $4
), mine AS MATERIALIZED (
    SELECT customer_id, dentist_id, status, last_seq, customer_read_seq, dentist_read_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), acts AS MATERIALIZED (
    SELECT acted_at FROM sender_acts
    WHERE $7 > 0 AND session_id = $1 AND sender_type = $2::text::chat_participant
      AND acted_at > now() - make_interval(secs => $8)
    ORDER BY acted_at DESC LIMIT $7
), pace AS MATERIALIZED (
    -- Seconds until the sender's burst-th newest message or act leaves the window. Mostly one row and
    -- the absence of acts tell that the window holds less than a burst, whoever wrote it. Otherwise four
    -- bursts back is far enough to look: both sides together write at most twice the burst in a window.
    -- The inner LIMIT leaves the planner no way but by (session_id, seq), however long the session is.
    SELECT ceil(extract(epoch FROM happened_at - now()) + $8)::bigint AS wait
    FROM (
        SELECT m.created_at AS happened_at
        FROM mine, LATERAL (
            SELECT sender_type, created_at FROM chat_messages
            WHERE session_id = $1 AND seq > mine.last_seq - 4 * $7
            ORDER BY seq DESC LIMIT 4 * $7
        ) m
        WHERE (EXISTS (SELECT FROM acts) OR EXISTS (
                  SELECT FROM mine, chat_messages burst_ago
                  WHERE burst_ago.session_id = $1 AND burst_ago.seq = mine.last_seq - $7 + 1
                    AND burst_ago.created_at > now() - make_interval(secs => $8)))
          AND m.sender_type = $2::text::chat_participant
          AND m.created_at > now() - make_interval(secs => $8)
        UNION ALL
        SELECT acted_at FROM acts
    ) recent
    ORDER BY happened_at DESC
    OFFSET greatest($7 - 1, 0) LIMIT 1
), numbered AS (
    UPDATE chat_sessions
    SET last_seq = last_seq + 1,
        updated_at = greatest(updated_at, clock_timestamp()),
        customer_count = customer_count + ($2 = 'customer')::int,
        dentist_count = dentist_count + ($2 = 'dentist')::int,
        customer_unread_count = customer_unread_count + ($2 = 'dentist')::int,
        dentist_unread_count = dentist_unread_count + ($2 = 'customer')::int
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
      AND status = 'active'
      AND NOT EXISTS (SELECT FROM earlier)
      AND NOT EXISTS (SELECT FROM pace)
    RETURNING last_seq, updated_at,
        -- Sessions that had messages before these were counted have counts that do not add up.
        CASE WHEN customer_count + dentist_count = last_seq
             THEN CASE $2 WHEN 'customer' THEN customer_count ELSE dentist_count END END AS sender_count
), stored AS (
    INSERT INTO chat_messages
        (session_id, seq, sender_type, sender_id, client_message_id, content, image_urls, created_at,
         sender_count)
    SELECT $1, last_seq, $2::text::chat_participant, $3, $4, $5, to_jsonb($6::text[]), updated_at,
           sender_count
    FROM numbered
    RETURNING id, seq, created_at
), named AS MATERIALIZED (
    SELECT connection_id FROM websocket_connections
    WHERE connection_id = $11 AND user_type = $2::text::chat_participant AND user_id = $3
      AND expires_at > now()
), owed AS (
    -- The frames always; keeping the images if there are any; the push of a dentist's message to a
    -- customer who has a phone.
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, origin)
    SELECT $1, 'message', s.seq, w.work, s.created_at,
           clock_timestamp() + make_interval(secs => CASE w.work WHEN 'push' THEN $10 ELSE $9 END),
           (SELECT connection_id FROM named)
    FROM stored s, mine, unnest(enum_range(NULL::outbox_work)) AS w (work)
    WHERE CASE w.work
              WHEN 'frames' THEN true
              WHEN 'images' THEN cardinality($6) > 0
              ELSE $2 = 'dentist' AND EXISTS (
                  SELECT FROM customer_notification_mapping WHERE customer_id = mine.customer_id)
          END
    RETURNING work, version
)
SELECT
    CASE
        WHEN s.id IS NOT NULL THEN 'stored'
        WHEN e.message_id IS NOT NULL AND e.content = $5 AND e.image_urls = $6 THEN 'repeated'
        WHEN e.message_id IS NOT NULL THEN 'reused'
        WHEN mine.status IS NULL THEN 'not_found'
        WHEN mine.status <> 'active' THEN 'archived'
        WHEN pace.wait IS NOT NULL THEN 'limited'
        ELSE 'raced'
    END AS verdict,
    coalesce(s.id, e.message_id) AS message_id,
    coalesce(s.seq, e.seq) AS seq,
    coalesce(s.created_at, e.message_created_at) AS message_created_at,
    coalesce(e.is_read, false) AS is_read,
    e.read_at,
    coalesce(mine.customer_read_seq, 0) AS customer_read_seq,
    coalesce(mine.dentist_read_seq, 0) AS dentist_read_seq,
    greatest(pace.wait, 1) AS retry_after,
    (SELECT version FROM owed WHERE work = 'frames') AS version,
    (SELECT version FROM owed WHERE work = 'images') AS images_version,
    EXISTS (SELECT FROM owed WHERE work = 'push') AS owes_push,
    (SELECT connection_id FROM named) AS origin,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE s.id IS NOT NULL AND user_type = 'customer' AND user_id = mine.customer_id
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE s.id IS NOT NULL AND user_type = 'dentist' AND user_id = mine.dentist_id
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS dentist_connections
FROM (SELECT) AS one
LEFT JOIN stored s ON true
LEFT JOIN earlier e ON true
LEFT JOIN mine ON true
LEFT JOIN pace ON true
