-- read_marks/catch_up: one step of writing is_read and read_at for a mark that went over many messages.
-- $1 how many messages at most
-- Locks the mark's row and the messages of this step, never the session's: no sender waits for it. A mark
-- that somebody else is working on is skipped. Returns no row when there is nothing to do.
WITH mark AS (
    SELECT session_id, reader, from_seq, up_to_seq, read_at, least(from_seq + $1, up_to_seq) AS step_to
    FROM read_marks
    ORDER BY session_id, reader, up_to_seq
    LIMIT 1
    FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE chat_messages m
    SET is_read = true, read_at = mark.read_at
    FROM mark
    WHERE m.session_id = mark.session_id AND m.seq > mark.from_seq AND m.seq <= mark.step_to
      AND m.sender_type <> mark.reader AND NOT m.is_read
), stepped AS (
    UPDATE read_marks r SET from_seq = mark.step_to
    FROM mark
    WHERE (r.session_id, r.reader, r.up_to_seq) = (mark.session_id, mark.reader, mark.up_to_seq)
      AND mark.step_to < mark.up_to_seq
), done AS (
    DELETE FROM read_marks r
    USING mark
    WHERE (r.session_id, r.reader, r.up_to_seq) = (mark.session_id, mark.reader, mark.up_to_seq)
      AND mark.step_to = mark.up_to_seq
)
SELECT step_to - from_seq AS looked_at FROM mark
