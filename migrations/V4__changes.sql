-- What changed since when, so that a client catches up in one call.
--
-- A change is named by its transaction. Whoever knows which transactions were over when they looked
-- (pg_snapshot_xmin) asks for what changed in later ones, and skips nothing whatever commits when. So
-- every statement that changes what a caller can see sets, beside it,
--
--     UPDATE chat_sessions SET changed_in = greatest(changed_in, pg_current_xact_id())   always, and
--     UPDATE chat_messages SET changed_in = greatest(changed_in, pg_current_xact_id())   where it changes
--                                           a message after it was sent (reading it is no change of it).
--
-- greatest: a transaction that waited for the session's lock may be older than the one it waited for, and
-- what has changed must never go back behind a page that was read.

-- Rows that are there already count as changed by this migration.
ALTER TABLE chat_sessions ADD COLUMN changed_in xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE chat_messages
    -- The transaction that stored it.
    ADD COLUMN sent_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    -- The newest transaction that changed it since; null for nearly all.
    ADD COLUMN changed_in xid8;

-- Finds what changed among a person's sessions. Each session is in one of a pair of indexes: those with
-- something to read are apart, so that what is unread in all is counted without looking at the others.
CREATE INDEX chat_sessions_customer_unread ON chat_sessions (customer_id, changed_in, id)
    WHERE status = 'active' AND customer_unread_count > 0;
CREATE INDEX chat_sessions_customer_changed ON chat_sessions (customer_id, changed_in, id)
    WHERE NOT (status = 'active' AND customer_unread_count > 0);
CREATE INDEX chat_sessions_dentist_unread ON chat_sessions (dentist_id, changed_in, id)
    WHERE status = 'active' AND dentist_unread_count > 0;
CREATE INDEX chat_sessions_dentist_changed ON chat_sessions (dentist_id, changed_in, id)
    WHERE NOT (status = 'active' AND dentist_unread_count > 0);

-- Finds what changed among a session's messages. New ones are its last; only changed ones are in here.
CREATE INDEX chat_messages_changed ON chat_messages (session_id, changed_in)
    WHERE changed_in IS NOT NULL;

-- An inbox is read backwards: where what is newest comes last, pages split less, and each send writes less.
DROP INDEX chat_sessions_customer_id;
CREATE INDEX chat_sessions_customer_id ON chat_sessions (customer_id, status, updated_at, id);
DROP INDEX chat_sessions_dentist_id;
CREATE INDEX chat_sessions_dentist_id ON chat_sessions (dentist_id, status, updated_at, id);

-- Names the history that transaction ids are counted in: what a client knows of another database, or of
-- one that has been put back to an earlier time, is worth nothing here. After restoring a backup:
-- UPDATE database_history SET id = DEFAULT.
CREATE TABLE database_history (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id  uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO database_history DEFAULT VALUES;
