//! Reading a page of messages.

use super::super::{
    database::Database,
    row::{self, Marks, get},
    statement::statement,
};
use crate::{caller::Caller, error::Error, id::SessionId, message::Message};

statement!(PAGE = "messages/page"(INT8, TEXT, INT8, TEXT, INT8, INT8));

/// Which page: each cursor is a `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// The last messages.
    Newest,
    /// Those that follow.
    After(i64),
    /// Those that precede.
    Before(i64),
    /// Those on both sides, and this one.
    Around(i64),
}

/// Messages, ascending by `seq`, and where they are in the session.
#[derive(Debug)]
pub struct Page {
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether there are earlier ones.
    pub has_more_before: bool,
    /// Whether there are later ones.
    pub has_more_after: bool,
    /// The session's newest message.
    pub last_seq: i64,
    /// How far the customer has read.
    pub customer_read_seq: i64,
    /// How far the dentist has read.
    pub dentist_read_seq: i64,
}

/// Far beyond any session's end, and far from where sums overflow.
const BEYOND_ALL: i64 = 1 << 60;

/// A page of at most `limit` messages.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's.
pub async fn page(
    db: &Database,
    caller: Caller,
    session: SessionId,
    cursor: Cursor,
    limit: i64,
) -> Result<Page, Error> {
    let (kind, seq) = match cursor {
        Cursor::Newest => ("newest", 0),
        Cursor::After(seq) => ("after", seq),
        Cursor::Before(seq) => ("before", seq),
        Cursor::Around(seq) => ("around", seq),
    };
    let seq = seq.min(BEYOND_ALL);
    let role = caller.role().as_str();
    let rows = db
        .query_as(caller, &PAGE, &[&session.get(), &role, &caller.id(), &kind, &seq, &limit])
        .await?;
    let first = rows.first().ok_or(Error::SessionNotFound)?;
    let marks = Marks::of(first)?;
    Ok(Page {
        has_more_before: get(first, "has_more_before")?,
        has_more_after: get(first, "has_more_after")?,
        last_seq: get(first, "last_seq")?,
        customer_read_seq: marks.customer,
        dentist_read_seq: marks.dentist,
        messages: rows
            .iter()
            .filter_map(|row| row::message(row, marks).transpose())
            .collect::<Result<_, _>>()?,
    })
}
