//! `PATCH /sessions/{session_id}`: a dentist archives a session or opens it again.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    caller::Role,
    delivery::news::News,
    error::Error,
    fields::{Field, Fields, Id},
    id::SessionId,
    session::Status,
    store::sessions,
};
use serde_json::Value;

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
pub async fn handle(app: &App, call: Call<UpdateSession>) -> Result<Answer, Error> {
    let Call { caller, request: UpdateSession { session_id, status } } = call;
    let (mut session, change) = sessions::update(&app.db, caller, session_id, status).await?;
    let lacks_message = session.last_seq > 0 && session.last_message.is_none();
    if session.status != status || lacks_message {
        // Someone else's change was under way while the statement began: too new for it to see.
        session = sessions::get_one(&app.db, caller, session_id).await?;
    }
    let names = app.directory.names(&[(session.customer_id, session.dentist_id)]).await;
    if let Some(message) = &mut session.last_message {
        app.images.sign(message).await?;
    }
    let answer = Answer::ok(&session.view(caller.role(), &names)).about(session_id);
    let Some(change) = change else { return Ok(answer) };
    let news = News::of_session(change, &session, &names);
    Ok(answer.then(news.into()))
}
