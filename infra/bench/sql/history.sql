-- A database of five million messages, with what the pages are read from. Constraints and indexes,
-- whatever they are, are put back after the rows: row by row they would take minutes.
--
-- Sessions: 1001, 1002 and 1003 have 100, 10,000 and 1,000,000 messages (customer 1, dentists 1 to 3).
-- Dentist 4 has 50 sessions of 100 messages, dentist 5 has 20,000, dentist 6 has 50 of which one has
-- a million messages. The other sessions, of dentist 7, fill the table up to five million rows.

CREATE TEMP TABLE put_back AS
    SELECT contype = 'f' AS refers, conname AS name,
           format('ALTER TABLE chat_messages DROP CONSTRAINT %I', conname) AS take,
           format('ALTER TABLE chat_messages ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS put
    FROM pg_constraint
    WHERE conrelid = 'chat_messages'::regclass AND contype IN ('p', 'u', 'f')
    UNION ALL
    SELECT false, relname, format('DROP INDEX %I', relname), pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = 'chat_messages'::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid);

DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT take FROM put_back ORDER BY refers DESC, name LOOP
        EXECUTE statement;
    END LOOP;
END $$;

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

DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN SELECT put FROM put_back ORDER BY refers, name LOOP
        EXECUTE statement;
    END LOOP;
END $$;
