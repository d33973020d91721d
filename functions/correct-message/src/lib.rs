//! `PUT /sessions/{session_id}/messages/{seq}`: a participant sets right what they have said.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    delivery::{Delivery, Frames},
    error::Error,
    fail_point,
    fields::{Fields, Id},
    identity::Role,
    message::Pace,
    store::{
        Statement, connections,
        messages::{self, Corrected, Correction},
        outbox,
    },
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] =
    &[&messages::CORRECT, &outbox::SETTLE, &connections::FORGET_GONE];

/// What a message is to say.
#[derive(Debug)]
pub struct CorrectMessage(Correction);

impl Request for CorrectMessage {
    const HAS_BODY: bool = true;

    /// Whether the text may be blank is the message's to say: it may if it has an image.
    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let session = fields.path("session_id").map(|Id(id)| id.into());
        let seq = fields.path("seq").map(|Id(seq)| seq);
        let content = fields.body("content");
        Some(Self(Correction { session: session?, seq: seq?, content: content? }))
    }
}

/// Answers with the message as it is now; when it says something else, both sides' frames follow. What it
/// said before is kept for the record.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::MessageNotFound`];
/// [`Error::Forbidden`] for the other side's message; [`Error::InvalidRequest`] for a blank text
/// without an image; [`Error::MessageRetracted`], [`Error::TooLate`]; [`Error::RateLimited`].
pub async fn handle(
    app: &App,
    call: Call<CorrectMessage>,
) -> Result<Answer<Option<Delivery>>, Error> {
    let Call { caller, request: CorrectMessage(correction), connection } = call;
    let pace = Pace { burst: app.config.send_burst, window: app.config.send_window };
    let (within, connection) = (app.config.correct_within, connection.as_deref());
    let corrected =
        messages::correct(&app.db, caller, &correction, within, pace, connection).await?;
    fail_point::reach("correct-message/committed");
    let Corrected { message, frames } = corrected;
    let shown = app.bucket.show(message).await?.written()?;
    let answer = Answer::ok(&shown)?.about_message(&shown);
    let frames = frames.map(|row| Frames::of_update(row, &shown)).transpose()?;
    Ok(answer.then(frames.map(Delivery::from)))
}
