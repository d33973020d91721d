//! `POST /sessions/{session_id}/messages/{seq}/retraction`: a participant takes back what they have said.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    delivery::{Delivery, Frames},
    error::Error,
    fail_point,
    fields::{Fields, Id},
    id::SessionId,
    identity::Role,
    store::{
        Statement, connections,
        messages::{self, Retracted},
        outbox,
    },
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] =
    &[&messages::RETRACT, &outbox::SETTLE, &connections::FORGET_GONE];

/// Which message is to be taken back.
#[derive(Debug)]
pub struct RetractMessage {
    session_id: SessionId,
    seq: i64,
}

impl Request for RetractMessage {
    const HAS_BODY: bool = false;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let session_id = fields.path("session_id").map(|Id(id)| id.into());
        let seq = fields.path("seq").map(|Id(seq)| seq);
        Some(Self { session_id: session_id?, seq: seq? })
    }
}

/// Answers with what is left of the message. When it was there before, both sides' frames follow, and its
/// images are served no more. What it said is kept for the record.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::MessageNotFound`];
/// [`Error::Forbidden`] for the other side's message.
pub async fn handle(
    app: &App,
    call: Call<RetractMessage>,
) -> Result<Answer<Option<Delivery>>, Error> {
    let Call { caller, request: RetractMessage { session_id, seq }, connection } = call;
    let connection = connection.as_deref();
    let retracted = messages::retract(&app.db, caller, session_id, seq, connection).await?;
    fail_point::reach("retract-message/committed");
    let Retracted { message, frames, images } = retracted;
    let shown = app.bucket.show(message).await?.written()?;
    let answer = Answer::ok(&shown)?.about_message(&shown);
    let frames = frames.map(|row| Frames::of_update(row, &shown)).transpose()?;
    Ok(answer.then(frames.map(|frames| Delivery::of_retraction(frames, images))))
}
