//! The store as a file.

use super::{file::remove, *};
use crate::{
    error::ChatError,
    wire::{Message, Person, Role, Session, Status},
};
use rusqlite::{Connection, OpenFlags};
use std::{fs, path::PathBuf, sync::Arc};
use tempfile::TempDir;

const CANARY: &str = "zahnwurzelkanarienvogel";

fn key(byte: u8) -> StoreKey {
    StoreKey::new(&[byte; 32]).unwrap()
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    (folder, path)
}

fn code<T>(result: Result<T, ChatError>) -> String {
    result.err().unwrap().code
}

fn message(seq: i64, content: &str) -> Message {
    Message {
        session_id: 5,
        seq,
        sender_type: Role::Dentist,
        content: content.to_owned(),
        images: vec![],
        client_message_id: format!("id-{seq}"),
        created_at: format!("2026-03-12T18:50:0{seq}.110204Z"),
        corrected_at: None,
        retracted_at: None,
    }
}

fn session() -> Box<SessionState> {
    let told = Session {
        id: 5,
        status: Status::Active,
        customer: Person { id: 42, name: None },
        dentist: Person { id: 7, name: Some("Dr. Vogt".to_owned()) },
        created_at: "2026-03-12T18:50:00.110204Z".to_owned(),
        updated_at: "2026-03-12T18:50:00.110204Z".to_owned(),
        last_seq: 3,
        last_message: None,
        unread_count: 3,
        customer_read_seq: 0,
        dentist_read_seq: 0,
    };
    let state = SessionState::new(&told);
    Box::new(SessionState { first_seq: 1, last_seq: 3, has_older: false, ..state })
}

fn fill(store: &mut Store) {
    let image: Arc<[u8]> = Arc::from(format!("\u{0}{CANARY}").into_bytes());
    let writes = [
        Write::Role(Role::Customer),
        Write::Subject("mara".to_owned()),
        Write::Session(session()),
        Write::Message(Box::new(message(1, "Guten Tag"))),
        Write::Message(Box::new(message(2, &format!("Café, {CANARY}")))),
        Write::Message(Box::new(message(3, "Bis morgen"))),
        Write::Entry {
            id: 1,
            session: 5,
            client_message_id: "an-id".to_owned(),
            content: CANARY.to_owned(),
            images: vec![("image/jpeg", image)],
        },
        Write::Draft { session: 5, content: CANARY.to_owned() },
    ];
    store.commit(&writes).unwrap();
}

#[test]
fn nothing_opens_a_store_but_its_key() {
    let (_folder, path) = place();
    drop(Store::open(&path, &key(1)).unwrap());
    assert_eq!(code(Store::open(&path, &key(2))), "store_key");
    assert_eq!(code(Store::open_beside(&path, &key(2))), "store_key");
    assert!(Connection::open(&path).unwrap().execute_batch("SELECT * FROM account").is_err());
    for bytes in [&[][..], &[1; 31], &[1; 33], &[0; 32]] {
        assert_eq!(code(StoreKey::new(bytes)), "store_key");
    }
    assert!(Store::open(&path, &key(1)).is_ok());
}

#[test]
fn an_unencrypted_file_is_not_taken_for_a_store() {
    let (_folder, path) = place();
    let other = open::connect(&path, OpenFlags::default()).unwrap();
    other.execute_batch("CREATE TABLE t (a)").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    assert!(Store::open(&path, &key(1)).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_written_can_be_read_in_no_file() {
    let (folder, path) = place();
    let mut store = Store::open(&path, &key(1)).unwrap();
    fill(&mut store);
    // With the store still open, as a crash would leave it.
    let files: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.iter().any(|file| file.to_string_lossy().ends_with("-wal")), "{files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        for word in [CANARY, "Vogt", "CREATE TABLE", "an-id"] {
            let is_there = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!is_there, "{word} in {}", file.display());
        }
    }
    // What iOS must be able to tell the file by.
    assert!(fs::read(&path).unwrap().starts_with(b"SQLite format 3\0"));
}

#[test]
fn a_store_that_was_not_closed_holds_what_was_committed() {
    let (folder, path) = place();
    let mut store = Store::open(&path, &key(1)).unwrap();
    fill(&mut store);
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let after = Store::open(&copy.path().join("chat.db"), &key(1)).unwrap();
    let view = after.conversation(5, 10).unwrap().unwrap();
    assert_eq!(view, store.conversation(5, 10).unwrap().unwrap());
    assert_eq!((view.messages.len(), view.queue.len()), (3, 1));
    assert_eq!(after.image_bytes(1, 0).unwrap()[1..], *CANARY.as_bytes());
    assert_eq!(after.load().unwrap().next_entry, 2);
}

#[test]
fn a_store_of_a_newer_app_is_refused_and_left_alone() {
    let (_folder, path) = place();
    let store = Store::open(&path, &key(1)).unwrap();
    store.connection.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    assert_eq!(code(Store::open(&path, &key(1))), "store_newer");
    assert_eq!(code(Store::open_beside(&path, &key(1))), "store_newer");
}

#[test]
fn a_file_without_a_schema_gets_one() {
    let (_folder, path) = place();
    let store = Store::open(&path, &key(1)).unwrap();
    let objects = "SELECT group_concat('DROP ' || type || ' ' || name || ';', ' ')
                   FROM sqlite_schema WHERE type IN ('table', 'view', 'trigger', 'index')
                   AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'messages_text_%'";
    let drop_all: String = store.connection.query_row(objects, [], |row| row.get(0)).unwrap();
    store.connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for statement in drop_all.split_inclusive(';') {
        // A table takes its triggers and indexes along.
        let _ = store.connection.execute_batch(statement);
    }
    store.connection.pragma_update(None, "user_version", 0).unwrap();
    drop(store);
    let mut store = Store::open(&path, &key(1)).unwrap();
    fill(&mut store);
}

#[test]
fn whoever_opened_a_store_before_can_write_no_more() {
    let (_folder, path) = place();
    let mut first = Store::open(&path, &key(1)).unwrap();
    fill(&mut first);
    let mut second = Store::open(&path, &key(1)).unwrap();
    assert_eq!(code(first.commit(&[Write::EntryDone(1)])), "store_taken_over");
    assert_eq!(second.load().unwrap().entries.len(), 1);
    second.commit(&[Write::EntryDone(1)]).unwrap();
    assert!(second.load().unwrap().entries.is_empty());
}

#[test]
fn an_extension_adds_a_message_beside_the_app_that_owns_the_store() {
    let (_folder, path) = place();
    assert_eq!(code(Store::open_beside(&path, &key(1))), "store_failed");
    assert!(!path.exists());
    let mut app = Store::open(&path, &key(1)).unwrap();
    fill(&mut app);
    let mut extension = Store::open_beside(&path, &key(1)).unwrap();
    assert!(!extension.add_told("someone else", &message(6, "Hallo")).unwrap());
    assert_eq!(extension.told(5, 6).unwrap(), None);
    assert!(extension.add_told("mara", &message(6, "Hallo")).unwrap());
    let told = app.told(5, 6).unwrap().unwrap();
    assert_eq!(told.sender_name.as_deref(), Some("Dr. Vogt"));
    assert_eq!(told.message.content, "Hallo");
    app.commit(&[Write::EntryDone(1)]).unwrap();
    let view = app.conversation(5, 10).unwrap().unwrap();
    assert!(view.messages.last().unwrap().has_gap_before);
    assert!(app.load().unwrap().islands[&5].contains(&6));
}

#[test]
fn what_is_removed_is_gone() {
    let (folder, path) = place();
    let mut store = Store::open(&path, &key(1)).unwrap();
    fill(&mut store);
    let store = store.erase(&path, &key(2)).unwrap();
    let left = store.load().unwrap();
    assert!(left.account.role.is_none() && left.sessions.is_empty() && left.entries.is_empty());
    drop(store);
    assert_eq!(code(Store::open(&path, &key(1))), "store_key", "the file is another one");
    remove(&path).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn whoever_dies_while_signing_out_is_signed_out_or_not_and_nothing_between() {
    let (_folder, path) = place();
    let mut store = Store::open(&path, &key(1)).unwrap();
    fill(&mut store);
    store.commit(&[Write::Everything]).unwrap();
    drop(store);
    let left = Store::open(&path, &key(1)).unwrap();
    assert_eq!(code(left.sessions(None, 1)), "signed_out");
    for table in ["messages", "sessions", "entries", "entry_images", "drafts", "wanted_marks"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = left.connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{table}");
    }
}

#[test]
fn words_are_found_by_their_beginnings_until_they_are_taken_back() {
    let mut store = Store::in_memory();
    fill(&mut store);
    let seqs = |store: &Store, text: &str| -> Vec<i64> {
        store.search(text, 10).unwrap().iter().map(|hit| hit.seq).collect()
    };
    assert_eq!(seqs(&store, "cafe"), [2]);
    assert_eq!(seqs(&store, "G TAG"), [1]);
    assert_eq!(seqs(&store, "m"), [3]);
    for nothing in ["", " ", "\"", "*", "AND", "NEAR(", "morgens", "content:tag"] {
        assert!(seqs(&store, nothing).is_empty(), "{nothing}");
    }
    let retracted = Message { retracted_at: Some("2026".to_owned()), ..message(2, "") };
    store.commit(&[Write::Message(Box::new(retracted))]).unwrap();
    assert!(seqs(&store, "cafe").is_empty());
    store.commit(&[Write::Message(Box::new(message(2, "Café")))]).unwrap();
    assert!(seqs(&store, "cafe").is_empty(), "a late frame does not bring it back");
}

#[test]
fn messages_are_read_as_far_as_the_marks_say() {
    let mut store = Store::in_memory();
    fill(&mut store);
    assert_eq!(store.unread_total().unwrap(), 3);
    store.commit(&[Write::WantedMark { session: 5, seq: 2 }]).unwrap();
    let view = store.conversation(5, 10).unwrap().unwrap();
    let read: Vec<bool> = view.messages.iter().map(|message| message.is_read).collect();
    assert_eq!((read, view.session.unread_count), (vec![true, true, false], 1));
    let archived = SessionState { status: Status::Archived, ..*session() };
    store.commit(&[Write::Session(Box::new(archived))]).unwrap();
    assert_eq!(store.unread_total().unwrap(), 0);
}
