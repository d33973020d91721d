-- sessions/may_upload: note that a participant is about to upload an image, or say why not.
-- $1 session, $2 caller's role, $3 caller's id, $4 burst (0: no limit), $5 window in seconds
-- No row: not the caller's session.
WITH mine AS MATERIALIZED (
    SELECT status, last_seq
    FROM chat_sessions
    WHERE id = $1 AND CASE $2 WHEN 'customer' THEN customer_id ELSE dentist_id END = $3
), acts AS MATERIALIZED (
    SELECT acted_at FROM sender_acts
    WHERE $4 > 0 AND session_id = $1 AND sender_type = $2::text::chat_participant
      AND acted_at > now() - make_interval(secs => $5)
    ORDER BY acted_at DESC LIMIT $4
), pace AS MATERIALIZED (
    -- Seconds until the sender's burst-th newest message or act leaves the window. Mostly one row and
    -- the absence of acts tell that the window holds less than a burst, whoever wrote it. Otherwise four
    -- bursts back is far enough to look: both sides together write at most twice the burst in a window.
    -- The inner LIMIT leaves the planner no way but by (session_id, seq), however long the session is.
    SELECT ceil(extract(epoch FROM happened_at - now()) + $5)::bigint AS wait
    FROM (
        SELECT m.created_at AS happened_at
        FROM mine, LATERAL (
            SELECT sender_type, created_at FROM chat_messages
            WHERE session_id = $1 AND seq > mine.last_seq - 4 * $4
            ORDER BY seq DESC LIMIT 4 * $4
        ) m
        WHERE (EXISTS (SELECT FROM acts) OR EXISTS (
                  SELECT FROM mine, chat_messages burst_ago
                  WHERE burst_ago.session_id = $1 AND burst_ago.seq = mine.last_seq - $4 + 1
                    AND burst_ago.created_at > now() - make_interval(secs => $5)))
          AND m.sender_type = $2::text::chat_participant
          AND m.created_at > now() - make_interval(secs => $5)
        UNION ALL
        SELECT acted_at FROM acts
    ) recent
    ORDER BY happened_at DESC
    OFFSET greatest($4 - 1, 0) LIMIT 1
), outdated AS (
    DELETE FROM sender_acts
    WHERE session_id = $1 AND sender_type = $2::text::chat_participant
      AND acted_at <= now() - make_interval(secs => $5)
), noted AS (
    INSERT INTO sender_acts (session_id, sender_type, acted_at)
    SELECT $1, $2::text::chat_participant, clock_timestamp() FROM mine
    WHERE $4 > 0 AND status = 'active' AND NOT EXISTS (SELECT FROM pace)
)
SELECT mine.status::text, greatest(pace.wait, 1) AS retry_after, pace.wait IS NOT NULL AS is_limited
FROM mine
LEFT JOIN pace ON true
