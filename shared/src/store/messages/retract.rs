//! Taking a message back.

use super::super::{
    database::Database,
    outbox::{Change, FIRST_LEASE, FrameRow, Lease, Work},
    row::{self, Marks, at_most_one, get},
    statement::statement,
};
use crate::{
    caller::Caller,
    error::{Cause, Error},
    id::SessionId,
    message::Message,
};

statement!(RETRACT = "messages/retract"(INT8, TEXT, INT8, INT8, FLOAT8, TEXT));

/// A message that was taken back.
#[derive(Debug)]
pub struct Retracted {
    /// What is left of the message.
    pub message: Message,
    /// Its frames are owed; none if it was taken back before.
    pub frames: Option<FrameRow>,
    /// The images that it had are to be served no more, if it had any.
    pub images: Option<(Lease, Vec<String>)>,
}

/// Takes the caller's own message back, for good. The connection that the caller names as their own, if
/// it is, gets no frame.
///
/// # Errors
/// [`Error::SessionNotFound`], [`Error::MessageNotFound`]; [`Error::Forbidden`] for the other side's
/// message.
pub async fn retract(
    db: &Database,
    caller: Caller,
    session: SessionId,
    seq: i64,
    connection: Option<&str>,
) -> Result<Retracted, Error> {
    let (role, lease) = (caller.role().as_str(), FIRST_LEASE.as_secs_f64());
    let rows = db
        .query_as(
            caller,
            &RETRACT,
            &[&session.get(), &role, &caller.id(), &seq, &lease, &connection],
        )
        .await?;
    let row = at_most_one(&rows)?.ok_or(Error::SessionNotFound)?;
    match get(row, "verdict")? {
        "retracted" | "unchanged" => {}
        "no_message" => return Err(Error::MessageNotFound),
        "forbidden" => return Err(Error::Forbidden),
        _ => return Err(Error::Internal(Cause::new("unknown verdict on a retraction"))),
    }
    let change = Change::MessageUpdated(seq);
    let images: Option<i64> = get(row, "images_version")?;
    let images = images.map(|version| Lease { session, change, work: Work::Images, version });
    Ok(Retracted {
        message: row::message(row, Marks::of(row)?)?.ok_or(Error::MessageNotFound)?,
        frames: FrameRow::written(row, session, change)?,
        images: images.zip(get(row, "retracted_images")?),
    })
}
