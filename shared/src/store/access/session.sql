-- access/session: who wrote and read in a page of a session's messages.
-- $1 session, $2 those after this seq, $3 how many messages are looked at, $4 from, $5 until
-- A line for each side that wrote, and one for each time that a side's mark moved over messages of the page.
WITH page AS MATERIALIZED (
    SELECT m.seq, m.sender_type, m.created_at, shown.read_at
    FROM (SELECT * FROM chat_messages WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) m
    JOIN message_columns shown ON shown.session_id = m.session_id AND shown.seq = m.seq
), lines AS (
    SELECT min(created_at) AS at, 'wrote' AS act, sender_type AS side, min(seq) AS first_seq, max(seq) AS last_seq,
           count(*) AS messages
    FROM page WHERE created_at >= $4 AND created_at < $5
    GROUP BY sender_type
    UNION ALL
    SELECT read_at, 'read', CASE sender_type WHEN 'customer' THEN 'dentist' ELSE 'customer' END::chat_participant,
           min(seq), max(seq), count(*)
    FROM page WHERE read_at >= $4 AND read_at < $5
    GROUP BY sender_type, read_at
), last AS (
    SELECT max(seq) AS seq FROM page
)
SELECT last.seq AS page_end, lines.at, lines.act, lines.side::text, lines.first_seq, lines.last_seq, lines.messages
FROM last
LEFT JOIN lines ON true
ORDER BY lines.at, lines.first_seq
