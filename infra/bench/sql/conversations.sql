-- 2,000 conversations of 40 messages, all of them read, with both sides online: customers of their own,
-- 100 dentists. Ids are far from those that anything else gives out.

INSERT INTO chat_sessions
    (id, customer_id, dentist_id, created_at, updated_at, last_seq, customer_count, dentist_count,
     customer_read_seq, dentist_read_seq)
SELECT 3000000 + n, 3000000 + n, 3000000 + n % 100, now() - interval '2 days', now() - interval '1 day',
       40, 20, 20, 40, 40
FROM generate_series(0, 1999) n;

INSERT INTO chat_messages
    (session_id, seq, sender_type, sender_id, client_message_id, content, created_at, is_read, read_at,
     sender_count)
SELECT s.id, seq,
       CASE seq % 2 WHEN 1 THEN 'customer' ELSE 'dentist' END::chat_participant,
       CASE seq % 2 WHEN 1 THEN s.customer_id ELSE s.dentist_id END,
       gen_random_uuid(), 'Good morning! Is a little bleeding normal on the first day?',
       now() - interval '1 day', true, now() - interval '1 day', (seq + 1) / 2
FROM chat_sessions s, generate_series(1, 40) seq
ORDER BY seq, s.id;

INSERT INTO websocket_connections (connection_id, user_type, user_id, expires_at)
SELECT 'customer-' || customer_id, 'customer'::chat_participant, customer_id, now() + interval '2 hours'
FROM chat_sessions
UNION ALL
SELECT DISTINCT 'dentist-' || dentist_id, 'dentist'::chat_participant, dentist_id, now() + interval '2 hours'
FROM chat_sessions;
