-- outbox/unpark: everything that was given up is due again.
WITH unparked AS (
    UPDATE message_outbox SET parked_at = NULL, due_at = now(), attempts = 0
    WHERE parked_at IS NOT NULL
    RETURNING 1
)
SELECT count(*) AS unparked FROM unparked
