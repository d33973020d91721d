-- messages/correct: put another text in the place of a message's, or say why not.
-- $1 session, $2 caller's role, $3 caller's id, $4 seq, $5 content, $6 whether nothing of it shows,
-- $7 seconds within which a message may be corrected, $8 burst (0: no limit), $9 window in seconds,
-- $10 the first lease in seconds, $11 the connection that the request named (or null)
-- Locks the session's row and the message's, in the order of all statements that lock both. What is
-- there is judged as it is under the lock; the pace is of the snapshot, as in messages/append.
-- No row: not the caller's session. A row without a message: there is none with this seq.
WITH mine AS MATERIALIZED (
    SELECT id, customer_id, dentist_id, first_seq, last_seq, customer_read_seq, dentist_read_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
    FOR UPDATE
), message AS MATERIALIZED (
    SELECT m.*
    FROM mine
    JOIN chat_messages m ON m.session_id = $1 AND m.seq = $4 AND m.seq >= mine.first_seq
    FOR UPDATE OF m
), acts AS MATERIALIZED (
    SELECT acted_at FROM sender_acts
    WHERE $8 > 0 AND session_id = $1 AND sender_type = $2::text::chat_participant
      AND acted_at > now() - make_interval(secs => $9)
    ORDER BY acted_at DESC LIMIT $8
), pace AS MATERIALIZED (
    -- As in messages/append, which says why.
    SELECT ceil(extract(epoch FROM happened_at - now()) + $9)::bigint AS wait
    FROM (
        SELECT m.created_at AS happened_at
        FROM mine, LATERAL (
            SELECT sender_type, created_at FROM chat_messages
            WHERE session_id = $1 AND seq > mine.last_seq - 4 * $8
            ORDER BY seq DESC LIMIT 4 * $8
        ) m
        WHERE (EXISTS (SELECT FROM acts) OR EXISTS (
                  SELECT FROM mine, chat_messages burst_ago
                  WHERE burst_ago.session_id = $1 AND burst_ago.seq = mine.last_seq - $8 + 1
                    AND burst_ago.created_at > now() - make_interval(secs => $9)))
          AND m.sender_type = $2::text::chat_participant
          AND m.created_at > now() - make_interval(secs => $9)
        UNION ALL
        SELECT acted_at FROM acts
    ) recent
    ORDER BY happened_at DESC
    OFFSET greatest($8 - 1, 0) LIMIT 1
), judged AS MATERIALIZED (
    SELECT CASE
        WHEN sender_type <> $2::text::chat_participant THEN 'forbidden'
        WHEN $6 AND image_urls = '[]' THEN 'blank'
        WHEN retracted_at IS NOT NULL THEN 'retracted'
        WHEN content = $5 THEN 'unchanged'
        WHEN created_at <= now() - make_interval(secs => $7) THEN 'too_late'
        WHEN EXISTS (SELECT FROM pace) THEN 'limited'
        ELSE 'corrected'
    END AS verdict,
    -- Of two corrections the later one's time is later: by this, clients know the newest.
    greatest(clock_timestamp(), corrected_at + interval '1 microsecond') AS now
    FROM message
), kept AS (
    INSERT INTO chat_message_revisions (session_id, seq, act, replaced_at, content, image_urls)
    SELECT session_id, seq, 'correction', judged.now, content, image_urls
    FROM message, judged
    WHERE verdict = 'corrected'
), corrected AS (
    UPDATE chat_messages m
    SET content = $5, corrected_at = judged.now,
        changed_in = greatest(m.changed_in, pg_current_xact_id())
    FROM message, judged
    WHERE m.id = message.id AND verdict = 'corrected'
    RETURNING m.content, m.corrected_at
), session AS (
    UPDATE chat_sessions s
    SET changed_in = greatest(s.changed_in, pg_current_xact_id())
    FROM corrected
    WHERE s.id = $1
), outdated AS (
    DELETE FROM sender_acts
    WHERE session_id = $1 AND sender_type = $2::text::chat_participant
      AND acted_at <= now() - make_interval(secs => $9) AND EXISTS (SELECT FROM corrected)
), noted AS (
    INSERT INTO sender_acts (session_id, sender_type, acted_at)
    SELECT $1, $2::text::chat_participant, clock_timestamp() FROM corrected
    WHERE $8 > 0
), named AS MATERIALIZED (
    SELECT connection_id FROM websocket_connections
    WHERE connection_id = $11 AND user_type = $2::text::chat_participant AND user_id = $3
      AND expires_at > now()
), owed AS (
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, origin)
    SELECT $1, 'message_updated', $4, 'frames', corrected_at,
           clock_timestamp() + make_interval(secs => $10), (SELECT connection_id FROM named)
    FROM corrected
    ON CONFLICT (session_id, change, seq, work)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at, attempts = 0,
                  due_at = excluded.due_at, origin = excluded.origin, parked_at = NULL
    RETURNING version
)
SELECT
    coalesce(judged.verdict, 'no_message') AS verdict,
    greatest(pace.wait, 1) AS retry_after,
    m.id AS message_id, mine.id AS session_id, m.seq, m.sender_type::text, m.sender_id,
    coalesce(corrected.content, m.content) AS content,
    ARRAY(SELECT jsonb_array_elements_text(m.image_urls)) AS image_urls,
    m.client_message_id, m.created_at AS message_created_at, m.is_read,
    coalesce(m.read_at, read_later.read_at) AS read_at,
    coalesce(corrected.corrected_at, m.corrected_at) AS corrected_at, m.retracted_at,
    mine.customer_read_seq, mine.dentist_read_seq,
    owed.version, (SELECT connection_id FROM named) AS origin,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE owed.version IS NOT NULL AND user_type = 'customer' AND user_id = mine.customer_id
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE owed.version IS NOT NULL AND user_type = 'dentist' AND user_id = mine.dentist_id
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS dentist_connections
FROM mine
LEFT JOIN message m ON true
LEFT JOIN judged ON true
LEFT JOIN corrected ON true
LEFT JOIN owed ON true
LEFT JOIN pace ON true
LEFT JOIN message_columns read_later ON read_later.session_id = $1 AND read_later.seq = $4
