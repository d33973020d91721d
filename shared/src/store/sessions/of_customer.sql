-- sessions/of_customer: a customer's sessions, in the order of their ids, or one session.
-- $1 customer or $2 the only session that is asked for (the other is null), $3 those after this one, $4 how many
SELECT id AS session_id, customer_id, dentist_id, first_seq, last_seq, status::text FROM (
    SELECT * FROM chat_sessions WHERE customer_id = $1
    UNION ALL
    SELECT * FROM chat_sessions WHERE id = $2
) s
WHERE id > $3
ORDER BY id
LIMIT $4
