//! `PATCH /sessions/{session_id}`: a dentist archives a session or opens it again.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    delivery::{Delivery, Frames},
    error::Error,
    fields::{Field, Fields, Id},
    id::SessionId,
    identity::Role,
    session::Status,
    store::{Statement, connections, outbox, sessions},
};
use serde_json::Value;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] =
    &[&sessions::UPDATE, &sessions::GET, &outbox::SETTLE, &connections::FORGET_GONE];

/// The status that the session is to have.
#[derive(Debug)]
pub struct UpdateSession {
    session_id: SessionId,
    status: Status,
}

impl Request for UpdateSession {
    const HAS_BODY: bool = true;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let session_id = fields.path("session_id").map(|Id(id)| id.into());
        let status = fields.body("status").map(|NewStatus(status)| status);
        Some(Self { session_id: session_id?, status: status? })
    }
}

struct NewStatus(Status);

impl Field for NewStatus {
    fn from_json(value: &Value) -> Result<Self, String> {
        let status = value.as_str().and_then(Status::parse);
        status.map(Self).ok_or_else(|| "must be active or archived".to_owned())
    }
}

/// Answers with the session as it is now; when it changed, both sides' frames follow.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::Forbidden`] for its
/// customer; [`Error::ActiveSessionExists`] when reopening beside another active session.
pub async fn handle(
    app: &App,
    call: Call<UpdateSession>,
) -> Result<Answer<Option<Delivery>>, Error> {
    let Call { caller, request: UpdateSession { session_id, status }, connection } = call;
    let connection = connection.as_deref();
    let updated = sessions::update(&app.db, caller, session_id, status, connection).await?;
    let (mut session, row) = updated;
    let lacks_message = session.last_seq > 0 && session.last_message.is_none();
    if session.status != status || lacks_message {
        // Someone else's change was under way while the statement began: too new for it to see.
        session = sessions::get_one(&app.db, caller, session_id).await?;
    }
    let names = app.directory.names(&[(session.customer_id, session.dentist_id)]).await;
    let session = app.bucket.show_session(session).await?;
    let answer = Answer::ok(&session.view(caller.role(), &names))?.about(session_id);
    let frames = row.map(|row| Frames::of_session(row, &session, &names)).transpose()?;
    Ok(answer.then(frames.map(Delivery::from)))
}
