-- revocations/revoke: a person's tokens that were issued until now count no more, and their connections are over.
-- $1 role, $2 id, $3 how many people's may be revoked at a time
-- No row: as many others' are. A connection that is being opened meanwhile is closed by connections/expired.
WITH others AS (
    SELECT count(*) FILTER (WHERE issued_until > now() - interval '25 hours') < $3 AS have_room
    FROM revocations
    WHERE (user_type, user_id) <> ($1::text::chat_participant, $2)
), revoked AS (
    INSERT INTO revocations (user_type, user_id, issued_until)
    SELECT $1::text::chat_participant, $2, now() FROM others WHERE have_room
    ON CONFLICT (user_type, user_id) DO UPDATE SET issued_until = excluded.issued_until
    RETURNING issued_until
), forgotten AS (
    DELETE FROM revocations
    WHERE issued_until <= now() - interval '25 hours'
      AND (user_type, user_id) <> ($1::text::chat_participant, $2)
), closed AS (
    UPDATE websocket_connections c SET expires_at = now()
    FROM revoked
    WHERE c.user_type = $1::text::chat_participant AND c.user_id = $2 AND c.expires_at > now()
      AND c.issued_at <= revoked.issued_until
    RETURNING 1
)
SELECT issued_until, (SELECT count(*) FROM closed) AS closed FROM revoked
