//! Rows become domain values. The columns' names are those that the statements give them.

use crate::{
    audience::Audience,
    error::{Cause, Error},
    identity::Role,
    message::Message,
    session::{Session, Status},
};
use tokio_postgres::{Row, types::FromSql};

/// A column's value; a mismatch is a mistake of ours.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: &'static str) -> Result<T, Error> {
    row.try_get(column)
        .map_err(|_| Error::Internal(Cause::new(format!("column {column} is not as expected"))))
}

/// The only row of a statement that always returns one.
pub(super) fn only(mut rows: Vec<Row>) -> Result<Row, Error> {
    at_most_one(&rows)?;
    rows.pop().ok_or_else(|| Error::Internal(Cause::new("a statement returned no row")))
}

/// The row of a statement that returns one or none: another one would be about something else.
pub(super) fn at_most_one(rows: &[Row]) -> Result<Option<&Row>, Error> {
    match rows {
        [] => Ok(None),
        [row] => Ok(Some(row)),
        _ => Err(Error::Internal(Cause::new("a statement returned more than one row"))),
    }
}

/// How far each side has read, in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    /// The customer's mark.
    pub(super) customer: i64,
    /// The dentist's mark.
    pub(super) dentist: i64,
}

impl Marks {
    /// The marks in a row.
    pub(super) fn of(row: &Row) -> Result<Self, Error> {
        let customer = get(row, "customer_read_seq")?;
        Ok(Self { customer, dentist: get(row, "dentist_read_seq")? })
    }

    /// Whether the other side has read this message: the marks are the truth, and a message's own
    /// column may follow later.
    pub(super) const fn cover(self, sender: Role, seq: i64) -> bool {
        match sender {
            Role::Customer => seq <= self.dentist,
            Role::Dentist => seq <= self.customer,
        }
    }
}

/// The message in a row, or none when its columns are null.
pub(super) fn message(row: &Row, marks: Marks) -> Result<Option<Message>, Error> {
    let Some(id) = get::<Option<i64>>(row, "message_id")? else { return Ok(None) };
    let (seq, sender_type) = (get(row, "seq")?, role(row, "sender_type")?);
    Ok(Some(Message {
        id: id.into(),
        session_id: get::<i64>(row, "session_id")?.into(),
        seq,
        sender_type,
        sender_id: get(row, "sender_id")?,
        content: get(row, "content")?,
        image_urls: get(row, "image_urls")?,
        client_message_id: get(row, "client_message_id")?,
        created_at: get(row, "message_created_at")?,
        is_read: get::<bool>(row, "is_read")? || marks.cover(sender_type, seq),
        read_at: get(row, "read_at")?,
        corrected_at: get(row, "corrected_at")?,
        retracted_at: get(row, "retracted_at")?,
    }))
}

/// The session in a row, with its last message.
pub(super) fn session(row: &Row) -> Result<Session, Error> {
    let marks = Marks::of(row)?;
    Ok(Session {
        id: get::<i64>(row, "session_id")?.into(),
        status: status(row)?,
        customer_id: get::<i64>(row, "customer_id")?.into(),
        dentist_id: get::<i64>(row, "dentist_id")?.into(),
        created_at: get(row, "created_at")?,
        updated_at: get(row, "updated_at")?,
        last_seq: get(row, "last_seq")?,
        customer_read_seq: marks.customer,
        dentist_read_seq: marks.dentist,
        customer_unread_count: get(row, "customer_unread_count")?,
        dentist_unread_count: get(row, "dentist_unread_count")?,
        last_message: message(row, marks)?,
    })
}

/// A session's status.
pub(super) fn status(row: &Row) -> Result<Status, Error> {
    let status = Status::parse(get(row, "status")?);
    status.ok_or_else(|| Error::Internal(Cause::new("unknown session status")))
}

/// The open connections of both participants.
pub(super) fn audience(row: &Row) -> Result<Audience, Error> {
    let customer = get(row, "customer_connections")?;
    Ok(Audience { customer, dentist: get(row, "dentist_connections")? })
}

/// The role in a column.
pub(super) fn role(row: &Row, column: &'static str) -> Result<Role, Error> {
    Role::parse(get(row, column)?).ok_or_else(|| Error::Internal(Cause::new("unknown role")))
}
