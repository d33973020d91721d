//! Rows become domain values. The columns' names are those that the statements give them.

use crate::{
    caller::Role,
    delivery::Audience,
    error::{Cause, Error},
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
pub(super) fn only(rows: Vec<Row>) -> Result<Row, Error> {
    let missing = || Error::Internal(Cause::new("a statement returned no row"));
    rows.into_iter().next().ok_or_else(missing)
}

/// The message in a row, or none when its columns are null.
pub(super) fn message(row: &Row) -> Result<Option<Message>, Error> {
    let Some(id) = get::<Option<i64>>(row, "message_id")? else { return Ok(None) };
    Ok(Some(Message {
        id: id.into(),
        session_id: get::<i64>(row, "session_id")?.into(),
        seq: get(row, "seq")?,
        sender_type: role(row, "sender_type")?,
        sender_id: get(row, "sender_id")?,
        content: get(row, "content")?,
        image_urls: get(row, "image_urls")?,
        images: Vec::new(),
        client_message_id: get(row, "client_message_id")?,
        created_at: get(row, "message_created_at")?,
        is_read: get(row, "is_read")?,
        read_at: get(row, "read_at")?,
    }))
}

/// The session in a row, with its last message.
pub(super) fn session(row: &Row) -> Result<Session, Error> {
    Ok(Session {
        id: get::<i64>(row, "session_id")?.into(),
        status: status(row)?,
        customer_id: get::<i64>(row, "customer_id")?.into(),
        dentist_id: get::<i64>(row, "dentist_id")?.into(),
        created_at: get(row, "created_at")?,
        updated_at: get(row, "updated_at")?,
        last_seq: get(row, "last_seq")?,
        customer_read_seq: get(row, "customer_read_seq")?,
        dentist_read_seq: get(row, "dentist_read_seq")?,
        customer_unread_count: get(row, "customer_unread_count")?,
        dentist_unread_count: get(row, "dentist_unread_count")?,
        last_message: message(row)?,
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
