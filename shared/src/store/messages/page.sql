-- messages/page: one page of a session's messages, ascending, with the session's marks.
-- $1 session, $2 caller's role, $3 caller's id, $4 'newest' | 'after' | 'before' | 'around',
-- $5 cursor, $6 limit
-- Seqs have no gaps from first_seq on, so a page is a range known before any message is read. No row:
-- not the caller's session. One row without a message: an empty page.
WITH mine AS (
    SELECT id, first_seq, last_seq, customer_read_seq, dentist_read_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), newest_of_page AS (
    SELECT mine.*, CASE $4
        WHEN 'newest' THEN last_seq
        WHEN 'after'  THEN CASE WHEN $5 >= last_seq THEN 0
                                ELSE least(last_seq, greatest($5, first_seq - 1) + $6) END
        WHEN 'before' THEN CASE WHEN $5 - 1 > last_seq THEN 0 ELSE $5 - 1 END
        WHEN 'around' THEN CASE WHEN $5 > last_seq THEN 0
                                ELSE least(last_seq, greatest(greatest($5, first_seq) + ($6 - 1) / 2,
                                                              first_seq - 1 + $6)) END
    END AS upper
    FROM mine
), page AS (
    SELECT *, greatest(CASE $4 WHEN 'after' THEN $5 + 1 ELSE upper - $6 + 1 END, first_seq) AS lower
    FROM newest_of_page
)
SELECT
    p.last_seq, p.customer_read_seq, p.dentist_read_seq,
    CASE WHEN upper >= lower THEN lower > p.first_seq
         WHEN $4 = 'before' THEN $5 - 1 > p.last_seq AND p.last_seq >= p.first_seq
         ELSE p.last_seq >= p.first_seq END AS has_more_before,
    CASE WHEN upper >= lower THEN upper < p.last_seq
         ELSE $4 = 'before' AND $5 <= p.last_seq AND p.last_seq >= p.first_seq END AS has_more_after,
    m.message_id, p.id AS session_id, m.seq, m.sender_type, m.sender_id, m.content, m.image_urls,
    m.client_message_id, m.message_created_at, m.is_read, m.read_at, m.corrected_at, m.retracted_at
FROM page p
LEFT JOIN LATERAL (
    SELECT * FROM message_columns
    WHERE session_id = p.id AND seq BETWEEN p.lower AND p.upper
    ORDER BY seq LIMIT $6
) m ON true
ORDER BY m.seq
