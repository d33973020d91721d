-- A database of five million messages, with what the pages are read from. Constraints and indexes
-- are put back after the rows: row by row they would take minutes.
--
-- Sessions: 1001, 1002 and 1003 have 100, 10,000 and 1,000,000 messages (customer 1, dentists 1 to 3).
-- Dentist 4 has 50 sessions of 100 messages, dentist 5 has 20,000, dentist 6 has 50 of which one has
-- a million messages. The other sessions, of dentist 7, fill the table up to five million rows.

ALTER TABLE chat_messages
    DROP CONSTRAINT chat_messages_session_id_fkey,
    DROP CONSTRAINT chat_messages_session_id_seq,
    DROP CONSTRAINT chat_messages_sent_once;
ALTER TABLE chat_messages DROP CONSTRAINT chat_messages_pkey;
DROP INDEX chat_messages_created_at;

CREATE TEMP TABLE seeded AS
    SELECT 1001::bigint AS id, 1::bigint AS customer_id, 1::bigint AS dentist_id, 100::bigint AS length
    UNION ALL SELECT 1002, 1, 2, 10000
    UNION ALL SELECT 1003, 1, 3, 1000000
    UNION ALL SELECT 10000 + n, 100 + n, 4, 100 FROM generate_series(1, 50) n
    UNION ALL SELECT 20000 + n, 100 + n, 5, 20 FROM generate_series(1, 20000) n
    UNION ALL SELECT 50000 + n, 100 + n, 6, CASE n WHEN 1 THEN 1000000 ELSE 100 END
        FROM generate_series(1, 50) n
    UNION ALL SELECT 60000 + n, 100 + n, 7, 259 FROM generate_series(1, 10000) n;

INSERT INTO chat_sessions
    (id, customer_id, dentist_id, created_at, updated_at, last_seq,
     customer_unread_count, dentist_unread_count)
SELECT id, customer_id, dentist_id, now() - interval '400 days',
       now() - interval '1 minute' * (id % 10000), length, length / 2, length - length / 2
FROM seeded;

-- In the order in which messages of many sessions come in: those of one lie far apart.
INSERT INTO chat_messages
    (session_id, seq, sender_type, sender_id, client_message_id, content, created_at)
SELECT s.id, seq,
       CASE seq % 2 WHEN 1 THEN 'customer' ELSE 'dentist' END::chat_participant,
       CASE seq % 2 WHEN 1 THEN s.customer_id ELSE s.dentist_id END,
       gen_random_uuid(),
       'Message ' || seq || ': ' || repeat('is this normal on the first day? ', 1 + (seq % 3)::int),
       now() - interval '300 days' * (1 - seq::float8 / s.length)
FROM seeded s, LATERAL generate_series(1, s.length) seq
ORDER BY seq::float8 / s.length, s.id;

ALTER TABLE chat_messages ADD CONSTRAINT chat_messages_pkey PRIMARY KEY (id);
ALTER TABLE chat_messages
    ADD CONSTRAINT chat_messages_session_id_seq UNIQUE (session_id, seq),
    ADD CONSTRAINT chat_messages_sent_once
        UNIQUE (session_id, sender_type, sender_id, client_message_id),
    ADD CONSTRAINT chat_messages_session_id_fkey
        FOREIGN KEY (session_id) REFERENCES chat_sessions (id);
CREATE INDEX chat_messages_created_at ON chat_messages (created_at);
