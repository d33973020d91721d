-- sessions/list: one page of the caller's sessions, most recent activity first.
-- $1 caller's role, $2 caller's id, $3 'active' | 'archived' | 'all',
-- $4 and $5 updated_at and id of the last session of the page before (null: the first page), $6 limit
-- One bounded index scan for each role and status, of which one or two run; then at most $6 sessions
-- are looked at more closely.
WITH candidates AS (
    (SELECT id, updated_at FROM chat_sessions
     WHERE $1 = 'customer' AND customer_id = $2 AND $3 <> 'archived' AND status = 'active'
       AND (updated_at, id) < (coalesce($4, 'infinity'), coalesce($5, 0))
     ORDER BY updated_at DESC, id DESC LIMIT $6)
    UNION ALL
    (SELECT id, updated_at FROM chat_sessions
     WHERE $1 = 'customer' AND customer_id = $2 AND $3 <> 'active' AND status = 'archived'
       AND (updated_at, id) < (coalesce($4, 'infinity'), coalesce($5, 0))
     ORDER BY updated_at DESC, id DESC LIMIT $6)
    UNION ALL
    (SELECT id, updated_at FROM chat_sessions
     WHERE $1 = 'dentist' AND dentist_id = $2 AND $3 <> 'archived' AND status = 'active'
       AND (updated_at, id) < (coalesce($4, 'infinity'), coalesce($5, 0))
     ORDER BY updated_at DESC, id DESC LIMIT $6)
    UNION ALL
    (SELECT id, updated_at FROM chat_sessions
     WHERE $1 = 'dentist' AND dentist_id = $2 AND $3 <> 'active' AND status = 'archived'
       AND (updated_at, id) < (coalesce($4, 'infinity'), coalesce($5, 0))
     ORDER BY updated_at DESC, id DESC LIMIT $6)
), page AS (
    SELECT id FROM candidates ORDER BY updated_at DESC, id DESC LIMIT $6
)
SELECT
    s.id AS session_id, s.status::text, s.customer_id, s.dentist_id, s.created_at, s.updated_at,
    s.last_seq, s.customer_read_seq, s.dentist_read_seq,
    s.customer_unread_count, s.dentist_unread_count,
    m.message_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls, m.client_message_id,
    m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at
FROM page
JOIN chat_sessions s ON s.id = page.id
LEFT JOIN message_columns m ON m.session_id = s.id AND m.seq = s.last_seq
ORDER BY s.updated_at DESC, s.id DESC
