-- messages/append: store one message, or say why not.
-- $1 session, $2 caller's role, $3 caller's id, $4 client_message_id, $5 content, $6 image keys,
-- $7 burst (0: no limit), $8 window in seconds, $9 the first lease in seconds, $10 seconds that the
-- customer has to read it before the push is due, $11 the connection that the request named (or null),
-- $12 how far the sender has read (null: not said), $13 how many messages' columns are written at once
-- Locks the session's row, and only when there is something to store. A retry that runs beside its
-- first try loses on chat_messages_sent_once and finds the stored row on the next run; so does a send of
-- an image that another message has just taken, on the images' key.
-- With $12, what messages/mark_read does comes first, in the same way.
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
), locked AS MATERIALIZED (
    SELECT CASE $2 WHEN 'customer' THEN customer_read_seq ELSE dentist_read_seq END AS mark,
           CASE $2 WHEN 'customer' THEN customer_unread_count ELSE dentist_unread_count END AS unread,
           -- How many messages the other side has written; null where they were not counted.
           CASE WHEN customer_count + dentist_count = last_seq
                THEN CASE $2 WHEN 'customer' THEN dentist_count ELSE customer_count END END AS written,
           clock_timestamp() AS read_at
    FROM chat_sessions
    WHERE id = $1 AND $12 <= (SELECT last_seq FROM mine) AND status = 'active'
      AND NOT EXISTS (SELECT FROM earlier)
      AND NOT EXISTS (SELECT FROM taken)
      AND NOT EXISTS (SELECT FROM pace)
    FOR UPDATE
), reading AS MATERIALIZED (
    -- A mark that moves, and what it leaves unread, as in messages/mark_read.
    SELECT locked.mark, locked.read_at, coalesce(
        locked.written - CASE WHEN m.sender_type = $2::text::chat_participant
                              THEN m.seq - m.sender_count ELSE m.sender_count END,
        locked.unread - (SELECT count(*) FROM chat_messages c
                         WHERE c.session_id = $1 AND c.seq > locked.mark AND c.seq <= $12
                           AND c.sender_type <> $2::text::chat_participant)
    ) AS unread
    FROM locked
    LEFT JOIN chat_messages m ON m.session_id = $1 AND m.seq = $12
    WHERE $12 > locked.mark
), marked AS (
    UPDATE chat_messages m
    SET is_read = true, read_at = reading.read_at
    FROM reading
    WHERE m.session_id = $1 AND m.seq > reading.mark AND m.seq <= $12 AND $12 - reading.mark <= $13
      AND m.sender_type <> $2::text::chat_participant AND NOT m.is_read
), put_off AS (
    INSERT INTO read_marks (session_id, reader, from_seq, up_to_seq, read_at)
    SELECT $1, $2::text::chat_participant, mark, $12, read_at
    FROM reading
    WHERE $12 - mark > $13
), numbered AS (
    -- Constraints are checked on the row as the snapshot has it before a newer version is looked for: as in
    -- messages/mark_read, the locked row's counts may be too large for that one.
    UPDATE chat_sessions
    SET last_seq = last_seq + 1,
        changed_in = greatest(changed_in, pg_current_xact_id()),
        customer_read_seq = CASE WHEN reading.unread IS NULL OR $2 = 'dentist' THEN customer_read_seq ELSE $12 END,
        dentist_read_seq = CASE WHEN reading.unread IS NULL OR $2 = 'customer' THEN dentist_read_seq ELSE $12 END,
        updated_at = greatest(updated_at, clock_timestamp()),
        customer_count = customer_count + ($2 = 'customer')::int,
        dentist_count = dentist_count + ($2 = 'dentist')::int,
        customer_unread_count = CASE WHEN $2 = 'dentist' THEN customer_unread_count + 1
                                     WHEN reading.unread >= 0 THEN least(reading.unread, last_seq)
                                     ELSE customer_unread_count END,
        dentist_unread_count = CASE WHEN $2 = 'customer' THEN dentist_unread_count + 1
                                    WHEN reading.unread >= 0 THEN least(reading.unread, last_seq)
                                    ELSE dentist_unread_count END
    FROM (SELECT) AS one
    LEFT JOIN reading ON true
    WHERE id = $1 AND ($12 IS NULL OR EXISTS (SELECT FROM locked)) AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
      AND status = 'active'
      AND NOT EXISTS (SELECT FROM earlier)
      AND NOT EXISTS (SELECT FROM taken)
      AND NOT EXISTS (SELECT FROM pace)
    RETURNING last_seq, updated_at, reading.read_at, reading.unread,
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
), named_images AS (
    INSERT INTO message_images (key, session_id, seq)
    SELECT key, $1, seq FROM stored, unnest($6) AS key
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
), owed_reading AS (
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, origin)
    SELECT $1, ($2 || '_read')::outbox_change, 0, 'frames', read_at, read_at + make_interval(secs => $9),
           (SELECT connection_id FROM named)
    FROM numbered
    WHERE read_at IS NOT NULL
    ON CONFLICT (session_id, change, seq, work)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at, attempts = 0,
                  due_at = excluded.due_at, origin = excluded.origin, parked_at = NULL
    RETURNING version
)
SELECT
    CASE
        WHEN s.id IS NOT NULL THEN 'stored'
        WHEN e.message_id IS NOT NULL AND e.sent_content = $5 AND e.sent_image_urls = $6 THEN 'repeated'
        WHEN mine.status IS NULL THEN 'not_found'
        WHEN $12 > mine.last_seq THEN 'beyond_end'
        WHEN e.message_id IS NOT NULL THEN 'reused'
        WHEN mine.status <> 'active' THEN 'archived'
        WHEN EXISTS (SELECT FROM taken) THEN 'image_taken'
        WHEN pace.wait IS NOT NULL THEN 'limited'
        ELSE 'raced'
    END AS verdict,
    coalesce(s.id, e.message_id) AS message_id,
    coalesce(s.seq, e.seq) AS seq,
    coalesce(s.created_at, e.message_created_at) AS message_created_at,
    e.session_id, e.sender_type, e.sender_id, e.content, e.image_urls, e.client_message_id,
    e.is_read, e.read_at, e.corrected_at, e.retracted_at,
    coalesce(mine.customer_read_seq, 0) AS customer_read_seq,
    coalesce(mine.dentist_read_seq, 0) AS dentist_read_seq,
    greatest(pace.wait, 1) AS retry_after,
    (SELECT version FROM owed WHERE work = 'frames') AS version,
    (SELECT version FROM owed WHERE work = 'images') AS images_version,
    EXISTS (SELECT FROM owed WHERE work = 'push') AS owes_push,
    (SELECT version FROM owed_reading) AS reading_version,
    n.read_at AS reading_at,
    n.unread AS reading_unread,
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
LEFT JOIN numbered n ON true
LEFT JOIN earlier e ON true
LEFT JOIN mine ON true
LEFT JOIN pace ON true
