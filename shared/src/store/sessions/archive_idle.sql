-- sessions/archive_idle: archive active sessions in which nothing has happened for a while.
-- $1 days, $2 how many are looked at, $3 the first lease in seconds,
-- $4, $5 and $6 dentist_id, updated_at and id of where the step before ended (null: the beginning),
-- $7 how many times the walk goes on, to another session or to another dentist
-- Walks from dentist to dentist, and through the active sessions of each by (updated_at, id): each time by a
-- key of their inboxes' index, so that what is archived already costs nothing and what is left alone is
-- passed over once. Left alone: a session whose last message is the customer's and unread by the dentist,
-- since somebody waits for an answer; and one that somebody is writing in.
-- updated_at stays: an archived session keeps its place in the lists.
WITH RECURSIVE walk AS (
    -- What is looked for is no constant here: by an index of active sessions alone, a server that believes
    -- them few would read all of them for each.
    SELECT coalesce($4, (SELECT min(dentist_id) FROM chat_sessions)) AS dentist_id,
           coalesce($5, '-infinity') AS updated_at, coalesce($6, 0) AS id,
           'active'::chat_session_status AS status, 0::bigint AS looked_at, 0::bigint AS step
    UNION ALL
    SELECT next.dentist_id, next.updated_at, next.id, walk.status, walk.looked_at + (next.place = 1)::int,
           walk.step + 1
    FROM walk, LATERAL (
        (SELECT 1 AS place, dentist_id, updated_at, id FROM chat_sessions
         WHERE dentist_id = walk.dentist_id AND status = walk.status
           AND updated_at < now() - make_interval(days => $1)
           AND (updated_at, id) > (walk.updated_at, walk.id)
         ORDER BY updated_at, id LIMIT 1)
        UNION ALL
        (SELECT 2, dentist_id, '-infinity', 0 FROM chat_sessions
         WHERE dentist_id > walk.dentist_id
         ORDER BY dentist_id LIMIT 1)
        ORDER BY place LIMIT 1
    ) next
    WHERE walk.looked_at < $2 AND walk.step < $7
), old AS MATERIALIZED (
    -- Steps to other dentists have no session, and the first is where the walk before ended.
    SELECT id, status, updated_at FROM walk WHERE looked_at > 0
), idle AS (
    -- Looked at when they are locked.
    SELECT s.id
    FROM old, LATERAL (
        SELECT id, status, updated_at, last_seq, dentist_read_seq FROM chat_sessions
        WHERE id = old.id
        FOR UPDATE SKIP LOCKED
    ) s
    WHERE s.status = old.status AND s.updated_at = old.updated_at
      AND NOT EXISTS (
          SELECT FROM (SELECT sender_type FROM chat_messages
                       WHERE session_id = s.id AND seq = s.last_seq AND seq > s.dentist_read_seq
                       LIMIT 1) m
          WHERE m.sender_type = 'customer')
), archived AS (
    UPDATE chat_sessions s
    SET status = 'archived', changed_in = greatest(s.changed_in, pg_current_xact_id())
    FROM idle
    WHERE s.id = idle.id
    RETURNING s.*
), owed AS (
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
    SELECT id, 'updated', 0, 'frames', clock_timestamp(), clock_timestamp() + make_interval(secs => $3)
    FROM archived
    ON CONFLICT (session_id, change, seq, work)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at, attempts = 0,
                  due_at = excluded.due_at, origin = excluded.origin, parked_at = NULL
    RETURNING session_id, version
), last AS (
    SELECT dentist_id, nullif(updated_at, '-infinity') AS updated_at, id, looked_at = $2 OR step = $7 AS goes_on
    FROM walk ORDER BY step DESC LIMIT 1
)
SELECT
    last.dentist_id AS last_dentist_id, last.updated_at AS last_updated_at, last.id AS last_id, last.goes_on,
    owed.version, NULL::text AS origin,
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    m.message_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls, m.client_message_id,
    m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE user_type = 'customer' AND user_id = s.customer_id
            AND expires_at > now()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE user_type = 'dentist' AND user_id = s.dentist_id
            AND expires_at > now()) AS dentist_connections
FROM last
LEFT JOIN archived s ON true
LEFT JOIN owed ON owed.session_id = s.id
LEFT JOIN message_columns m ON m.session_id = s.id AND m.seq = s.last_seq
