-- A pair's one active session in a table of its own: an index of sessions costs every send an entry, though only
-- beginning, archiving and reopening change a pair.
--
-- Functions from before this migration go by the index, which stays for them: V11 removes it. Filling the table
-- takes a few seconds a million active sessions, and sends wait for it.

-- All at once or not at all: whoever waits for a lock is let pass before a deadlock is looked for, and the
-- migration is tried again.
SET LOCAL lock_timeout = '500ms';
LOCK TABLE chat_sessions IN ACCESS EXCLUSIVE MODE;

CREATE TABLE active_pairs (
    customer_id bigint NOT NULL,
    dentist_id  bigint NOT NULL,
    session_id  bigint NOT NULL,
    CONSTRAINT active_pairs_have_one_session PRIMARY KEY (customer_id, dentist_id)
);
INSERT INTO active_pairs SELECT customer_id, dentist_id, id FROM chat_sessions WHERE status = 'active';
ANALYZE active_pairs;

-- Kept by the table of sessions itself, whoever writes it. A statement that does not name these columns, as a
-- send's does not, runs none of it.
CREATE FUNCTION keep_active_pair() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE active_pairs;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.status = 'active' THEN
        DELETE FROM active_pairs
        WHERE customer_id = OLD.customer_id AND dentist_id = OLD.dentist_id AND session_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'active' THEN
        INSERT INTO active_pairs VALUES (NEW.customer_id, NEW.dentist_id, NEW.id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_active_pair
    AFTER INSERT OR DELETE OR UPDATE OF id, customer_id, dentist_id, status ON chat_sessions
    FOR EACH ROW EXECUTE FUNCTION keep_active_pair();
CREATE TRIGGER forget_active_pairs
    AFTER TRUNCATE ON chat_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION keep_active_pair();
