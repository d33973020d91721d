//! What changed since a client last looked: the statement behind `sync`.
//!
//! A change is named by its transaction. A client's cursor has the horizon of its catch-up's first page:
//! transactions before it were over then, and what they did was seen. So the next catch-up asks for what
//! changed in that transaction or later, and skips nothing, whatever commits when.

use super::{
    database::Database,
    row::{self, Marks, get},
    sessions::Position,
    statement::statement,
};
use crate::{
    caller::Caller,
    error::{Cause, Error},
    message::Message,
    session::Session,
};
use time::OffsetDateTime;
use tokio_postgres::{Row, types::ToSql};

statement!(
    PAGE = "sync/page"(TEXT, INT8, INT8, INT8, TEXT, TEXT, TEXT, TIMESTAMPTZ, INT8, TEXT, INT8)
);

/// A transaction, as the database counts them.
pub type Transaction = u64;

/// What a client knows, and so where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The history that the transactions are counted in: the database's.
    pub history: i64,
    /// Where the catch-up stands.
    pub stage: Stage,
}

/// Where a catch-up stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Messages that were sent or changed in this transaction or later are the client's to hear of. 0:
    /// all messages.
    pub since: Transaction,
    /// The horizon of the catch-up's first page, where the next one begins; none before that page.
    pub began: Option<Transaction>,
    /// Which sessions come next.
    pub next: Next,
}

/// Which sessions come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// All there are, most recent activity first: those after this one.
    Inbox(Option<Position>),
    /// What changed, in the order of each session's latest change: later than this transaction, or in it
    /// and with a greater id.
    Changes(Transaction, i64),
}

impl Stage {
    /// A client that knows nothing.
    pub const START: Self = Self { since: 0, began: None, next: Next::Inbox(None) };

    /// What has changed since a catch-up that is over, messages included.
    const fn after(horizon: Transaction) -> Self {
        Self { since: horizon, began: None, next: Next::Changes(horizon, 0) }
    }
}

/// A session that changed, and what is new in it.
#[derive(Debug)]
pub struct Change {
    /// The session as it is now.
    pub session: Session,
    /// Its messages that are new or changed, ascending.
    pub messages: Vec<Message>,
    /// There were more: these are the newest, changed or not.
    pub truncated: bool,
    /// The session's latest change.
    changed_in: Transaction,
}

/// One page of a catch-up.
#[derive(Debug)]
pub struct Page {
    /// The sessions.
    pub changes: Vec<Change>,
    /// How many messages the caller has not read, in all active sessions.
    pub unread_total: i64,
    history: i64,
    stage: Stage,
    horizon: Transaction,
    has_more: bool,
    has_moved: bool,
}

impl Page {
    /// The cursor after this many of the page's sessions, and whether the catch-up goes on.
    #[must_use]
    pub fn next(&self, taken: usize) -> (Cursor, bool) {
        let Stage { since, next, .. } = self.stage;
        let began = self.stage.began.unwrap_or(self.horizon);
        let is_cut = self.has_more || taken < self.changes.len();
        let last = self.changes.get(..taken).and_then(<[_]>::last).filter(|_| is_cut);
        let (stage, goes_on) = match (next, last) {
            (Next::Inbox(_), Some(Change { session, .. })) => {
                let last = Position { updated_at: session.updated_at, id: session.id };
                (Stage { since, began: Some(began), next: Next::Inbox(Some(last)) }, true)
            }
            (Next::Changes(..), Some(Change { session, changed_in, .. })) => {
                let next = Next::Changes(*changed_in, session.id.get());
                (Stage { since, began: Some(began), next }, true)
            }
            // What changed since the inbox's first page may have moved above a page that was read before
            // it was met, so all of it comes once more, with all its messages.
            (Next::Inbox(Some(_)), None) if self.has_moved => {
                (Stage { since, began: None, next: Next::Changes(began, 0) }, true)
            }
            (_, None) => (Stage::after(began), false),
        };
        (Cursor { history: self.history, stage }, goes_on)
    }
}

/// A page of at most `limit` of the caller's sessions; without a cursor, of all there are.
///
/// # Errors
/// [`Error::SyncExpired`] for a cursor of another database, or of what this one has forgotten.
pub async fn page(
    db: &Database,
    caller: Caller,
    cursor: Option<Cursor>,
    limit: i64,
) -> Result<Page, Error> {
    let history = cursor.map(|cursor| cursor.history);
    let stage = cursor.map_or(Stage::START, |cursor| cursor.stage);
    let (since, began) = (stage.since.to_string(), stage.began.map(|began| began.to_string()));
    let (kind, after, changed) = match stage.next {
        Next::Inbox(after) => ("inbox", after, began.clone().map(|began| (began, 0))),
        Next::Changes(transaction, id) => ("changes", None, Some((transaction.to_string(), id))),
    };
    let (after_change, after_session) = changed.unzip();
    let (updated_at, after_id): (Option<OffsetDateTime>, Option<i64>) =
        after.map(|after| (after.updated_at, after.id.get())).unzip();
    let parameters = [
        &caller.role().as_str() as &(dyn ToSql + Sync),
        &caller.id(),
        &limit,
        &history,
        &since,
        &began,
        &kind,
        &updated_at,
        &after_id,
        &after_change,
        &after_session,
    ];
    let rows = db.query_as(caller, &PAGE, &parameters).await?;
    let first = rows.first().ok_or_else(|| Error::Internal(Cause::new("sync returned no row")))?;
    if !get::<bool>(first, "is_known")? {
        return Err(Error::SyncExpired);
    }
    Ok(Page {
        changes: changes(&rows)?,
        unread_total: get::<Option<i64>>(first, "unread_total")?.unwrap_or_default(),
        history: get(first, "history")?,
        stage,
        horizon: transaction(first, "horizon")?,
        has_more: get(first, "has_more")?,
        has_moved: get(first, "has_moved")?,
    })
}

/// Each session's rows follow one another, ascending by seq, and end with its last message.
fn changes(rows: &[Row]) -> Result<Vec<Change>, Error> {
    let id = |row: &Row| row.try_get::<_, Option<i64>>("session_id").ok().flatten();
    let groups = rows.chunk_by(|row, next| id(row) == id(next));
    groups.filter(|group| group.first().and_then(id).is_some()).map(change).collect()
}

fn change(rows: &[Row]) -> Result<Change, Error> {
    let last = rows.last().ok_or_else(|| Error::Internal(Cause::new("a session has no row")))?;
    let marks = Marks::of(last)?;
    let mut messages = Vec::with_capacity(rows.len());
    for row in rows {
        if get::<Option<bool>>(row, "is_listed")? == Some(true) {
            messages.extend(row::message(row, marks)?);
        }
    }
    Ok(Change {
        session: row::session(last)?,
        messages,
        truncated: get(last, "truncated")?,
        changed_in: transaction(last, "changed_in")?,
    })
}

/// The driver has no type for them.
fn transaction(row: &Row, column: &'static str) -> Result<Transaction, Error> {
    let unknown = |_| Error::Internal(Cause::new(format!("{column} is no transaction")));
    get::<&str>(row, column)?.parse().map_err(unknown)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// The statements in this folder and below.
    fn statements(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(statements(&path));
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
        found
    }

    #[test]
    fn every_statement_that_changes_a_session_says_in_which_transaction() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
        let all = statements(&folder);
        let changing = all.iter().filter(|sql| sql.contains("UPDATE chat_sessions"));
        let mut count = 0;
        for sql in changing {
            let name = sql.lines().next().unwrap();
            let changed_in = sql.replace("s.changed_in", "changed_in");
            assert!(
                changed_in.contains("changed_in = greatest(changed_in, pg_current_xact_id())"),
                "{name}"
            );
            count += 1;
        }
        assert!(count >= 4, "{count} statements change sessions");
    }
}
