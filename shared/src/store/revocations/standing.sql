-- revocations/standing: whose tokens from when count no more.
-- $1 a caller's role, $2 their id, $3 their token's iat in seconds since 1970
-- Fails with 22012 (division by zero), and with it the transaction that it is in, if the caller's token is among
-- them. No token lives longer than a day; an hour more for clocks that differ. A token's second may have begun
-- before it was revoked: then it does not count either.
SELECT user_type::text, user_id, floor(extract(epoch FROM issued_until))::bigint AS issued_until,
       1 / CASE WHEN (user_type, user_id) = ($1::text::chat_participant, $2) AND issued_until >= to_timestamp($3)
                THEN 0 ELSE 1 END AS is_another
FROM revocations
WHERE issued_until > now() - interval '25 hours'
