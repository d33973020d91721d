-- The first schema of the store. A later one is another file: this one never changes.

-- Whose store it is, and how far it is. One row.
CREATE TABLE account (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Grows with every opening by an app; a commit of an earlier opening is refused.
    owner INTEGER NOT NULL DEFAULT 0,
    role TEXT CHECK (role IN ('customer', 'dentist')),
    -- The `sub` of the tokens.
    subject TEXT,
    -- `next` of the last page of sync that is stored; null before the first.
    cursor TEXT,
    phone_wanted TEXT,
    phone_registered TEXT
) STRICT;
INSERT INTO account (id) VALUES (1);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    customer_id INTEGER NOT NULL,
    customer_name TEXT,
    dentist_id INTEGER NOT NULL,
    dentist_name TEXT,
    created_at TEXT NOT NULL,
    -- As the service told with the status; `active_at` also counts messages heard of since.
    updated_at TEXT NOT NULL,
    active_at TEXT NOT NULL,
    -- The highest seq heard of, whether held or not.
    heard_seq INTEGER NOT NULL,
    customer_read_seq INTEGER NOT NULL,
    dentist_read_seq INTEGER NOT NULL,
    -- What the service counted as unread, and the seq that it counted up to.
    unread_told INTEGER NOT NULL,
    unread_told_at INTEGER NOT NULL,
    -- Every message from first_seq to last_seq is held; both are 0 when none is.
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    -- Whether the service has messages before first_seq.
    has_older INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_activity ON sessions (active_at DESC, id DESC);

-- What the user has read, which the service may not know yet. Outlives what the service has said.
CREATE TABLE wanted_marks (
    session_id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;
CREATE VIEW known_sessions AS
    SELECT s.*, coalesce(w.seq, 0) AS wanted_mark
    FROM sessions s LEFT JOIN wanted_marks w ON w.session_id = s.id;

-- Also holds messages beyond last_seq, with a gap before them.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    sender TEXT NOT NULL CHECK (sender IN ('customer', 'dentist')),
    content TEXT NOT NULL,
    -- JSON: [{key, url, expires_at}]
    images TEXT NOT NULL,
    client_message_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    corrected_at TEXT,
    retracted_at TEXT,
    -- Of two states of a message, the greater is the newer.
    version TEXT NOT NULL,
    UNIQUE (session_id, seq)
) STRICT;

-- What is to be sent, in the order of ids within a session.
CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id INTEGER NOT NULL,
    client_message_id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    -- Whether the service may have it: then it can be neither edited nor discarded.
    is_tried INTEGER NOT NULL DEFAULT 0,
    -- Why the service refused it; null while it waits.
    refusal_code TEXT,
    refusal_detail TEXT
) STRICT;

CREATE TABLE entry_images (
    entry_id INTEGER NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    bytes BLOB NOT NULL,
    -- Of the upload, once it is done.
    key TEXT,
    PRIMARY KEY (entry_id, position)
) STRICT;

CREATE TABLE drafts (
    session_id INTEGER PRIMARY KEY,
    content TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE messages_text USING fts5 (
    content, content = 'messages', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
-- What is deleted leaves no trace in the index either.
INSERT INTO messages_text (messages_text, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
    INSERT INTO messages_text (rowid, content) VALUES (new.id, new.content);
END;
CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
    INSERT INTO messages_text (messages_text, rowid, content) VALUES ('delete', old.id, old.content);
END;
CREATE TRIGGER messages_updated AFTER UPDATE OF content ON messages WHEN old.content <> new.content BEGIN
    INSERT INTO messages_text (messages_text, rowid, content) VALUES ('delete', old.id, old.content);
    INSERT INTO messages_text (rowid, content) VALUES (new.id, new.content);
END;
