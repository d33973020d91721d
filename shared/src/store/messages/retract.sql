-- messages/retract: take a message back, or say why not.
-- $1 session, $2 caller's role, $3 caller's id, $4 seq, $5 the first lease in seconds,
-- $6 the connection that the request named (or null)
-- Locks the session's row and the message's, as messages/correct does. A push that is still owed is not
-- wanted any more; frames that are still owed are taken from whoever has them, with the text that is gone.
-- No row: not the caller's session. A row without a message: there is none with this seq.
WITH mine AS MATERIALIZED (
    SELECT id, customer_id, dentist_id, first_seq, customer_read_seq, dentist_read_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
    FOR UPDATE
), message AS MATERIALIZED (
    SELECT m.*
    FROM mine
    JOIN chat_messages m ON m.session_id = $1 AND m.seq = $4 AND m.seq >= mine.first_seq
    FOR UPDATE OF m
), judged AS MATERIALIZED (
    SELECT CASE
        WHEN sender_type <> $2::text::chat_participant THEN 'forbidden'
        WHEN retracted_at IS NOT NULL THEN 'unchanged'
        ELSE 'retracted'
    END AS verdict,
    clock_timestamp() AS now
    FROM message
), kept AS (
    INSERT INTO chat_message_revisions (session_id, seq, act, replaced_at, content, image_urls)
    SELECT session_id, seq, 'retraction', judged.now, content, image_urls
    FROM message, judged
    WHERE verdict = 'retracted'
), retracted AS (
    UPDATE chat_messages m
    SET content = '', image_urls = '[]', retracted_at = judged.now,
        changed_in = greatest(m.changed_in, pg_current_xact_id())
    FROM message, judged
    WHERE m.id = message.id AND verdict = 'retracted'
    RETURNING m.retracted_at
), session AS (
    UPDATE chat_sessions s
    SET changed_in = greatest(s.changed_in, pg_current_xact_id())
    FROM retracted
    WHERE s.id = $1
), unwanted AS (
    DELETE FROM outbox
    WHERE session_id = $1 AND change = 'message' AND seq = $4 AND work = 'push'
      AND EXISTS (SELECT FROM retracted)
), taken_over AS (
    UPDATE outbox
    SET version = nextval('outbox_version_seq'), due_at = clock_timestamp() + make_interval(secs => $5)
    WHERE session_id = $1 AND change = 'message' AND seq = $4 AND work = 'frames'
      AND EXISTS (SELECT FROM retracted)
), named AS MATERIALIZED (
    SELECT connection_id FROM websocket_connections
    WHERE connection_id = $6 AND user_type = $2::text::chat_participant AND user_id = $3
      AND expires_at > now()
), owed AS (
    -- The frames always; taking the images out of sight if there are any.
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, origin)
    SELECT $1, 'message_updated', $4, w.work, retracted.retracted_at,
           clock_timestamp() + make_interval(secs => $5), (SELECT connection_id FROM named)
    FROM retracted, message, unnest('{frames, images}'::outbox_work[]) AS w (work)
    WHERE w.work = 'frames' OR message.image_urls <> '[]'
    ON CONFLICT (session_id, change, seq, work)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at, attempts = 0,
                  due_at = excluded.due_at, origin = excluded.origin, parked_at = NULL
    RETURNING work, version
)
SELECT
    coalesce(judged.verdict, 'no_message') AS verdict,
    m.id AS message_id, mine.id AS session_id, m.seq, m.sender_type::text, m.sender_id,
    '' AS content, '{}'::text[] AS image_urls,
    m.client_message_id, m.created_at AS message_created_at, m.is_read,
    coalesce(m.read_at, read_later.read_at) AS read_at,
    m.corrected_at, coalesce(retracted.retracted_at, m.retracted_at) AS retracted_at,
    mine.customer_read_seq, mine.dentist_read_seq,
    (SELECT version FROM owed WHERE work = 'frames') AS version,
    (SELECT version FROM owed WHERE work = 'images') AS images_version,
    ARRAY(SELECT jsonb_array_elements_text(m.image_urls)) AS retracted_images,
    (SELECT connection_id FROM named) AS origin,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE retracted.retracted_at IS NOT NULL AND user_type = 'customer'
            AND user_id = mine.customer_id AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE retracted.retracted_at IS NOT NULL AND user_type = 'dentist'
            AND user_id = mine.dentist_id AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS dentist_connections
FROM mine
LEFT JOIN message m ON true
LEFT JOIN judged ON true
LEFT JOIN retracted ON true
LEFT JOIN message_columns read_later ON read_later.session_id = $1 AND read_later.seq = $4
