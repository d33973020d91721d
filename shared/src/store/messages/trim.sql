-- messages/trim: erase messages from the beginning of a session on.
-- $1 session, $2 those that are older than this, $3 how many at most, $4 'retention' | 'erasure',
-- $5 the erasure (or null), $6 seconds for which nobody else may work on the customer's records
-- Locks the customer's row of record_keeping, so that a hold is either seen or comes after; then the
-- session's row, then its messages. What is erased is what was committed before this statement: created_at
-- rises with seq, so it is a beginning. A session's counts of what was ever written stay; unread messages
-- that are gone are not unread any more. The images' keys go to erased_objects in the same transaction: their
-- bytes are deleted after it, and nothing else knows of them.
-- No row: no such session.
WITH subject AS MATERIALIZED (
    SELECT id, customer_id FROM chat_sessions WHERE id = $1
), keeping AS (
    INSERT INTO record_keeping AS k (customer_id)
    SELECT customer_id FROM subject
    ON CONFLICT (customer_id)
    DO UPDATE SET busy_until =
        CASE WHEN k.job = $4 THEN greatest(k.busy_until, clock_timestamp() + make_interval(secs => $6))
             ELSE k.busy_until END
    RETURNING customer_id,
              CASE $4 WHEN 'erasure' THEN customer_holds > 0 OR held_sessions <> '{}'
                      ELSE customer_holds > 0 OR $1 = ANY (held_sessions) END AS is_held,
              CASE $4 WHEN 'erasure' THEN job IS DISTINCT FROM 'erasure'
                      ELSE busy_until > clock_timestamp() END AS is_busy
), session AS MATERIALIZED (
    SELECT s.id, s.customer_id, s.first_seq, s.customer_read_seq, s.dentist_read_seq
    FROM chat_sessions s
    JOIN keeping k ON k.customer_id = s.customer_id
    WHERE s.id = $1 AND NOT k.is_held AND NOT k.is_busy
    FOR UPDATE OF s
), old AS MATERIALIZED (
    SELECT m.id, m.seq, m.sender_type, m.image_urls
    FROM session s, LATERAL (
        SELECT id, seq, sender_type, image_urls, created_at FROM chat_messages
        WHERE session_id = $1 AND seq >= s.first_seq
        ORDER BY seq LIMIT $3
    ) m
    WHERE m.created_at < $2
), ends AS MATERIALIZED (
    SELECT min(seq) AS first, max(seq) AS last, count(*) AS count FROM old HAVING count(*) > 0
), images AS (
    DELETE FROM message_images i USING ends
    WHERE i.session_id = $1 AND i.seq BETWEEN ends.first AND ends.last
    RETURNING i.key
), owed AS (
    INSERT INTO erased_objects (customer_id, in_records, prefix)
    SELECT session.customer_id, false, keys.key
    FROM session, (
        SELECT key FROM images
        UNION
        SELECT jsonb_array_elements_text(image_urls) FROM old WHERE image_urls <> '[]'
    ) keys
    RETURNING 1
), revisions AS (
    DELETE FROM chat_message_revisions r USING ends
    WHERE r.session_id = $1 AND r.seq BETWEEN ends.first AND ends.last
    RETURNING 1
), undelivered AS (
    DELETE FROM outbox o USING ends
    WHERE o.session_id = $1 AND o.seq BETWEEN ends.first AND ends.last
), gone AS (
    DELETE FROM chat_messages m USING old WHERE m.id = old.id
), moved AS (
    UPDATE chat_sessions s
    SET first_seq = ends.last + 1,
        changed_in = greatest(s.changed_in, pg_current_xact_id()),
        customer_unread_count = s.customer_unread_count - (
            SELECT count(*) FROM old WHERE sender_type = 'dentist' AND seq > session.customer_read_seq),
        dentist_unread_count = s.dentist_unread_count - (
            SELECT count(*) FROM old WHERE sender_type = 'customer' AND seq > session.dentist_read_seq)
    FROM session, ends
    WHERE s.id = session.id
), counted AS (
    UPDATE erasures e
    SET messages = e.messages + ends.count,
        revisions = e.revisions + (SELECT count(*) FROM revisions),
        images = e.images + (SELECT count(*) FROM owed)
    FROM ends
    WHERE e.id = $5
)
SELECT k.is_held, k.is_busy, coalesce(ends.count, 0) AS messages,
       (SELECT count(*) FROM revisions) AS revisions, (SELECT count(*) FROM owed) AS images
FROM keeping k
LEFT JOIN ends ON true
