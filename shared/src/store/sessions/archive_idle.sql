-- sessions/archive_idle: archive active sessions in which nothing has happened for a while.
-- $1 days, $2 how many are looked at, $3 the first lease in seconds,
-- $4 and $5 updated_at and id of the last session looked at before (null: begin with the oldest)
-- Walks active sessions by (updated_at, id), so that what is archived already costs nothing and what is
-- left alone is passed over once. Left alone: a session whose last message is the customer's and unread
-- by the dentist, since somebody waits for an answer; and one that somebody is writing in.
-- updated_at stays: an archived session keeps its place in the lists.
WITH old AS MATERIALIZED (
    SELECT id, updated_at, last_seq, dentist_read_seq FROM chat_sessions
    WHERE status = 'active' AND updated_at < now() - make_interval(days => $1)
      AND (updated_at, id) > (coalesce($4, '-infinity'), coalesce($5, 0))
    ORDER BY updated_at, id
    LIMIT $2
), idle AS (
    SELECT s.id FROM chat_sessions s
    JOIN old ON old.id = s.id
    WHERE s.status = 'active' AND s.updated_at = old.updated_at
      AND NOT EXISTS (
          SELECT FROM chat_messages m
          WHERE m.session_id = old.id AND m.seq = old.last_seq AND m.seq > old.dentist_read_seq
            AND m.sender_type = 'customer')
    FOR UPDATE OF s SKIP LOCKED
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
    SELECT id, updated_at, (SELECT count(*) FROM old) AS looked_at
    FROM old ORDER BY updated_at DESC, id DESC LIMIT 1
)
SELECT
    last.id AS last_id, last.updated_at AS last_updated_at, last.looked_at,
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
