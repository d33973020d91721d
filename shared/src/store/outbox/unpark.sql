-- outbox/unpark: everything that was given up is due again.
WITH messages AS (
    UPDATE message_outbox SET parked_at = NULL, due_at = now(), attempts = 0
    WHERE parked_at IS NOT NULL
    RETURNING 1
), news AS (
    UPDATE session_outbox SET parked_at = NULL, due_at = now()
    WHERE parked_at IS NOT NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM news) AS unparked
