//! `GET /sessions/{session_id}`: a participant looks at one session.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    error::Error,
    fields::{Fields, Id},
    id::SessionId,
    identity::Role,
    store::{Statement, sessions},
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&sessions::GET];

/// Which session.
#[derive(Debug)]
pub struct GetSession {
    session_id: SessionId,
}

impl Request for GetSession {
    const HAS_BODY: bool = false;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        fields.path("session_id").map(|Id(id)| Self { session_id: id.into() })
    }
}

/// Answers with the session as the caller sees it.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session.
pub async fn handle(app: &App, call: Call<GetSession>) -> Result<Answer, Error> {
    let session_id = call.request.session_id;
    let session = sessions::get_one(&app.db, call.caller, session_id).await?;
    let names = app.directory.names(&[(session.customer_id, session.dentist_id)]).await;
    let session = app.bucket.show_session(session).await?;
    Ok(Answer::ok(&session.view(call.caller.role(), &names))?.about(session_id))
}
