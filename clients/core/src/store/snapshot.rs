//! What a core reads when it begins: all that it must know by heart.

#![expect(missing_docs, reason = "what a name says is not said again")]

use crate::wire::{Person, Role, Session, Status, sortable};
use rusqlite::{Connection, Result, Row, types::Type};
use std::collections::{BTreeMap, BTreeSet};

/// Whose store it is, and how far it is.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// None while nobody is signed in.
    pub role: Option<Role>,
    /// The `sub` of the tokens; none before the first.
    pub subject: Option<String>,
    /// What follows in `sync`.
    pub cursor: Option<String>,
    /// The push subscription that the service shall have.
    pub phone_wanted: Option<String>,
    /// The one that it has.
    pub phone_registered: Option<String>,
}

/// What is known of a session, but for its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionState {
    pub id: i64,
    pub status: Status,
    pub customer: Person,
    pub dentist: Person,
    pub created_at: String,
    /// As told with the status.
    pub updated_at: String,
    /// The latest activity, messages heard of included.
    pub active_at: String,
    /// The highest seq heard of.
    pub heard_seq: i64,
    pub customer_read_seq: i64,
    pub dentist_read_seq: i64,
    /// What the service counted as unread up to `unread_told_at`.
    pub unread_told: i64,
    pub unread_told_at: i64,
    /// Every message from here to `last_seq` is held; 0 when none is.
    pub first_seq: i64,
    pub last_seq: i64,
    /// Whether the service has messages before `first_seq`.
    pub has_older: bool,
    /// What the user has read, which the service may not know yet.
    pub wanted_mark: i64,
}

impl SessionState {
    /// A session of which nothing is held yet.
    pub(crate) fn new(session: &Session) -> Self {
        Self {
            id: session.id,
            status: session.status,
            customer: session.customer.clone(),
            dentist: session.dentist.clone(),
            created_at: session.created_at.clone(),
            updated_at: session.updated_at.clone(),
            active_at: sortable(&session.updated_at).to_owned(),
            heard_seq: session.last_seq,
            customer_read_seq: session.customer_read_seq,
            dentist_read_seq: session.dentist_read_seq,
            unread_told: session.unread_count,
            unread_told_at: session.last_seq,
            first_seq: 0,
            last_seq: 0,
            has_older: session.last_seq > 0,
            wanted_mark: 0,
        }
    }

    /// A side's read mark, as far as the service has told.
    #[must_use]
    pub const fn mark(&self, role: Role) -> i64 {
        match role {
            Role::Customer => self.customer_read_seq,
            Role::Dentist => self.dentist_read_seq,
        }
    }

    pub(crate) fn mark_mut(&mut self, role: Role) -> &mut i64 {
        match role {
            Role::Customer => &mut self.customer_read_seq,
            Role::Dentist => &mut self.dentist_read_seq,
        }
    }
}

/// Why the service refused an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The service's code.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// An image of an entry; its bytes stay in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryImage {
    /// What it is.
    pub content_type: String,
    /// In bytes.
    pub length: usize,
    /// Of the upload, once it is done.
    pub key: Option<String>,
}

/// A message in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number; grows with time.
    pub id: i64,
    pub session_id: i64,
    /// Its id for life.
    pub client_message_id: String,
    pub content: String,
    /// Whether the service may have it.
    pub is_tried: bool,
    /// Why it stopped its session's queue.
    pub refusal: Option<Refusal>,
    pub images: Vec<EntryImage>,
}

/// A store's state.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub account: Account,
    pub sessions: Vec<SessionState>,
    /// What the user has read, by session; also of sessions that are not known (any more).
    pub wanted_marks: BTreeMap<i64, i64>,
    /// The messages that are held beyond a session's `last_seq`.
    pub islands: BTreeMap<i64, BTreeSet<i64>>,
    /// In the order in which they are to be sent.
    pub entries: Vec<Entry>,
    /// The number of the next entry; none is used twice.
    pub next_entry: i64,
}

pub(super) fn load(from: &Connection) -> Result<Snapshot> {
    // One moment of the store, whatever an extension adds meanwhile.
    let from = from.unchecked_transaction()?;
    Ok(Snapshot {
        account: account(&from)?,
        sessions: sessions(&from)?,
        wanted_marks: wanted_marks(&from)?,
        islands: islands(&from)?,
        entries: entries(&from)?,
        next_entry: from.query_row(
            "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'entries'",
            [],
            |row| row.get(0),
        )?,
    })
}

pub(super) fn account(from: &Connection) -> Result<Account> {
    let sql = "SELECT role, subject, cursor, phone_wanted, phone_registered FROM account";
    from.query_row(sql, [], |row| {
        Ok(Account {
            role: row.get::<_, Option<String>>(0)?.as_deref().and_then(Role::parse),
            subject: row.get(1)?,
            cursor: row.get(2)?,
            phone_wanted: row.get(3)?,
            phone_registered: row.get(4)?,
        })
    })
}

fn sessions(from: &Connection) -> Result<Vec<SessionState>> {
    let mut statement = from.prepare("SELECT * FROM known_sessions")?;
    statement.query_map([], session)?.collect()
}

/// A value of a column that has few.
pub(super) fn parsed<T>(row: &Row<'_>, name: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
    let text: String = row.get(name)?;
    parse(&text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, "not one of its values".into())
    })
}

pub(super) fn session(row: &Row<'_>) -> Result<SessionState> {
    Ok(SessionState {
        id: row.get("id")?,
        status: parsed(row, "status", Status::parse)?,
        customer: Person { id: row.get("customer_id")?, name: row.get("customer_name")? },
        dentist: Person { id: row.get("dentist_id")?, name: row.get("dentist_name")? },
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        active_at: row.get("active_at")?,
        heard_seq: row.get("heard_seq")?,
        customer_read_seq: row.get("customer_read_seq")?,
        dentist_read_seq: row.get("dentist_read_seq")?,
        unread_told: row.get("unread_told")?,
        unread_told_at: row.get("unread_told_at")?,
        first_seq: row.get("first_seq")?,
        last_seq: row.get("last_seq")?,
        has_older: row.get("has_older")?,
        wanted_mark: row.get("wanted_mark")?,
    })
}

fn wanted_marks(from: &Connection) -> Result<BTreeMap<i64, i64>> {
    let mut statement = from.prepare("SELECT session_id, seq FROM wanted_marks")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn islands(from: &Connection) -> Result<BTreeMap<i64, BTreeSet<i64>>> {
    let sql = "SELECT m.session_id, m.seq FROM sessions s
               JOIN messages m ON m.session_id = s.id AND m.seq > s.last_seq";
    let mut islands: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    let mut statement = from.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        islands.entry(row.get(0)?).or_default().insert(row.get(1)?);
    }
    Ok(islands)
}

pub(super) fn entries(from: &Connection) -> Result<Vec<Entry>> {
    let mut entries = from.prepare("SELECT * FROM entries ORDER BY id")?;
    let mut images = from.prepare(
        "SELECT content_type, length(bytes), key FROM entry_images
         WHERE entry_id = ?1 ORDER BY position",
    )?;
    let entries = entries.query_map([], |row| {
        let id: i64 = row.get("id")?;
        let images = images.query_map([id], |row| {
            Ok(EntryImage { content_type: row.get(0)?, length: row.get(1)?, key: row.get(2)? })
        })?;
        let code: Option<String> = row.get("refusal_code")?;
        let detail = row.get::<_, Option<String>>("refusal_detail")?.unwrap_or_default();
        Ok(Entry {
            id,
            session_id: row.get("session_id")?,
            client_message_id: row.get("client_message_id")?,
            content: row.get("content")?,
            is_tried: row.get("is_tried")?,
            refusal: code.map(|code| Refusal { code, detail }),
            images: images.collect::<Result<_>>()?,
        })
    })?;
    entries.collect()
}
