//! `$default`: everything that a client says over its WebSocket.
//!
//! The gateway has no way to answer a message, so answers are frames like any other.

mod said;

use chat::{
    app::App,
    delivery,
    error::Error,
    event::Event,
    id::SessionId,
    session::Status,
    socket::{SocketAnswer, SocketEvent},
    store::connections,
};
use said::Said;
use std::time::Duration;

/// How long a client shows that the other side is writing.
const SHOW_TYPING_FOR: Duration = Duration::from_secs(6);

/// Answers or passes on what was said, unless the connection is unknown or has expired: nothing is
/// sent to those. 200; 410 for such a connection; 503 when the database does not answer.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let context = &event.request_context;
    let connection = context.connection_id.as_str();
    let result = match Said::parse(event.body.as_deref().unwrap_or_default()) {
        Ok(Said::Ping) => answer(app, connection, &Event::Pong).await,
        Ok(Said::Typing { session_id, typing }) => {
            show_typing(app, connection, session_id, typing).await
        }
        Err(error) => Err(error),
    };
    let result = match result {
        Err(error @ (Error::Unavailable(_) | Error::Internal(_))) => Err(error),
        Err(error) => {
            app.metrics.outcome(error.code());
            tracing::info!(target: "audit", request_id = context.request_id, action = "ws-default",
                outcome = error.code(), connection);
            let problem = error.problem(&context.request_id);
            answer(app, connection, &Event::Error((&problem).into())).await
        }
        done => done,
    };
    match result {
        Ok(()) => SocketAnswer::status(200),
        Err(Error::Forbidden) => SocketAnswer::status(410),
        Err(error) => {
            app.metrics.outcome(error.code());
            let cause = error.cause().map(ToString::to_string);
            tracing::error!(target: "chat", request_id = context.request_id, code = error.code(),
                cause, "a frame is not answered");
            SocketAnswer::status(error.status().as_u16())
        }
    }
}

/// Sends a frame back over the connection.
///
/// # Errors
/// [`Error::Forbidden`] when nothing may be sent over it any more.
async fn answer(app: &App, connection: &str, event: &Event<'_>) -> Result<(), Error> {
    connections::find(&app.db, connection).await?.ok_or(Error::Forbidden)?;
    delivery::send(app, &event.to_json(), &[connection.to_owned()]).await;
    Ok(())
}

/// Shows the other side that this one is writing.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::SessionArchived`];
/// [`Error::Forbidden`] for a connection that may not be used any more.
async fn show_typing(
    app: &App,
    connection: &str,
    session_id: SessionId,
    typing: bool,
) -> Result<(), Error> {
    let found = connections::typing(&app.db, connection, session_id, SHOW_TYPING_FOR).await?;
    let found = found.ok_or(Error::Forbidden)?;
    match found.status {
        None => return Err(Error::SessionNotFound),
        Some(Status::Archived) => return Err(Error::SessionArchived),
        Some(Status::Active) => {}
    }
    let (sender_type, expires_at) = (found.writer, found.expires_at);
    let text = Event::Typing { session_id, sender_type, typing, expires_at }.to_json();
    delivery::send(app, &text, &found.other_side).await;
    Ok(())
}
