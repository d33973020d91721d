-- sessions/update: archive or reopen one of the caller's sessions; only dentists may.
-- $1 session, $2 caller's role, $3 caller's id, $4 status, $5 the first lease in
-- seconds, $6 the connection that the request named (or null)
-- A reopening that runs beside a create loses on active_pairs_have_one_session and finds the other
-- session on the next run.
WITH mine AS MATERIALIZED (
    SELECT id, customer_id, dentist_id, status,
           EXISTS (SELECT FROM active_pairs p
                   WHERE p.customer_id = s.customer_id AND p.dentist_id = s.dentist_id) AS has_active
    FROM chat_sessions s
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), changed AS (
    UPDATE chat_sessions s
    SET status = $4::text::chat_session_status,
        changed_in = greatest(s.changed_in, pg_current_xact_id()),
        updated_at = greatest(s.updated_at, clock_timestamp())
    FROM mine
    WHERE s.id = mine.id AND $2 = 'dentist' AND s.status <> $4::text::chat_session_status
      AND NOT ($4 = 'active' AND mine.has_active)
    RETURNING s.*
), named AS MATERIALIZED (
    SELECT connection_id FROM websocket_connections
    WHERE connection_id = $6 AND user_type = $2::text::chat_participant AND user_id = $3 AND expires_at > now()
), owed AS (
    INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, origin)
    SELECT id, 'updated', 0, 'frames', updated_at, clock_timestamp() + make_interval(secs => $5),
           (SELECT connection_id FROM named)
    FROM changed
    ON CONFLICT (session_id, change, seq, work)
    DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at, attempts = 0,
                  due_at = excluded.due_at, origin = excluded.origin, parked_at = NULL
    RETURNING version
), session AS (
    SELECT * FROM changed
    UNION ALL
    SELECT s.* FROM chat_sessions s, mine WHERE s.id = mine.id AND NOT EXISTS (SELECT FROM changed)
)
SELECT
    CASE WHEN mine.id IS NULL THEN 'not_found'
         WHEN $2 <> 'dentist' THEN 'forbidden'
         WHEN changed.id IS NOT NULL THEN 'changed'
         WHEN mine.status = $4::text::chat_session_status THEN 'unchanged'
         WHEN $4 = 'active' AND mine.has_active THEN 'conflict'
         ELSE 'unchanged' END AS verdict,
    owed.version, (SELECT connection_id FROM named) AS origin,
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    m.message_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls, m.client_message_id,
    m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE changed.id IS NOT NULL AND user_type = 'customer' AND user_id = mine.customer_id
            AND expires_at > clock_timestamp()) AS customer_connections,
    ARRAY(SELECT connection_id FROM websocket_connections
          WHERE changed.id IS NOT NULL AND user_type = 'dentist' AND user_id = mine.dentist_id
            AND expires_at > clock_timestamp()
            AND connection_id NOT IN (SELECT connection_id FROM named)) AS dentist_connections
FROM (SELECT) AS one
LEFT JOIN mine ON true
LEFT JOIN changed ON true
LEFT JOIN owed ON true
LEFT JOIN session s ON true
LEFT JOIN message_columns m ON m.session_id = s.id AND m.seq = s.last_seq
