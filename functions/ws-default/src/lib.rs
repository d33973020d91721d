//! `$default`: everything that a client says over its WebSocket.
//!
//! The gateway has no way to answer a message, so answers are frames like any other.

mod said;

use chat::{
    app::App,
    audit::Audit,
    delivery,
    error::Error,
    frame::Frame,
    id::SessionId,
    log,
    session::Status,
    socket::{SocketAnswer, SocketEvent},
    store::{Statement, connections},
};
use said::Said;
use std::time::Duration;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] =
    &[&connections::HEAR, &connections::TYPING, &connections::FORGET_GONE];

/// How long a client shows that the other side is writing.
const SHOW_TYPING_FOR: Duration = Duration::from_secs(6);

/// What became of something that a client said.
enum Heard {
    /// It was answered or passed on.
    Done,
    /// Nothing may be sent over the connection: it is unknown, or its time is over.
    Closed,
}

/// Answers or passes on what was said, unless the connection is unknown or has expired: nothing is
/// sent to those. 200; 410 for such a connection; 503 when the database does not answer.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let context = &event.request_context;
    let connection = context.connection_id.as_str();
    let said = Said::parse(event.body.as_deref().unwrap_or_default());
    let result = hear(app, connection, said).await;
    let outcome = result.as_ref().map_or_else(Error::code, |_| "done");
    if !matches!(result, Ok(Heard::Done)) {
        let mut audit = Audit::of("ws-default", &context.request_id, outcome);
        audit.connection = Some(connection);
        audit.write(app);
    }
    match result {
        Ok(Heard::Done) => SocketAnswer::status(200),
        Ok(Heard::Closed) => SocketAnswer::status(410),
        Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => {
            let cause = error.cause().map(ToString::to_string);
            log::error!(code = error.code(), cause, "a frame is not answered");
            SocketAnswer::status(error.status().as_u16())
        }
        Err(error) => {
            let problem = error.problem(&context.request_id);
            match answer(app, connection, &Frame::Error((&problem).into())).await {
                Ok(()) => SocketAnswer::status(200),
                Err(error) => SocketAnswer::status(error.status().as_u16()),
            }
        }
    }
}

/// Does what was said, if the connection may be used and has not said too much.
///
/// # Errors
/// What is answered with an error frame: whatever is wrong with what was said;
/// [`Error::RateLimited`]; [`Error::SessionNotFound`], also for someone else's session;
/// [`Error::SessionArchived`]. [`Error::Unavailable`] when the database does not answer.
async fn hear(app: &App, connection: &str, said: Result<Said, Error>) -> Result<Heard, Error> {
    if let Ok(Said::Typing { session_id, typing }) = said {
        return show_typing(app, connection, session_id, typing).await;
    }
    if !connections::hear(&app.db, connection).await? {
        return Ok(Heard::Closed);
    }
    // An answer is billed like what was said, and of no use to who only keeps the connection open.
    if matches!(said?, Said::Ping { is_answered: true }) {
        answer(app, connection, &Frame::Pong { connection_id: connection }).await?;
    }
    Ok(Heard::Done)
}

/// Sends a frame back over the connection.
async fn answer(app: &App, connection: &str, frame: &Frame<'_>) -> Result<(), Error> {
    delivery::send(app, &frame.to_json()?, &[connection.to_owned()]).await;
    Ok(())
}

/// Shows the other side that this one is writing.
async fn show_typing(
    app: &App,
    connection: &str,
    session_id: SessionId,
    typing: bool,
) -> Result<Heard, Error> {
    let found = connections::typing(&app.db, connection, session_id, SHOW_TYPING_FOR).await?;
    let Some(found) = found else { return Ok(Heard::Closed) };
    match found.status {
        None => return Err(Error::SessionNotFound),
        Some(Status::Archived) => return Err(Error::SessionArchived),
        Some(Status::Active) => {}
    }
    let (sender_type, expires_at) = (found.writer, found.expires_at);
    let text = Frame::Typing { session_id, sender_type, typing, expires_at }.to_json()?;
    delivery::send(app, &text, &found.other_side).await;
    Ok(Heard::Done)
}
