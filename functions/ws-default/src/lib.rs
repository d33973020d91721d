//! `$default`: everything that a client says over its WebSocket.
//!
//! The gateway has no way to answer a message, so answers are frames like any other.

use chat::{
    app::App,
    error::Error,
    event::Event,
    socket::{SocketAnswer, SocketEvent},
    store::connections,
};
use serde_json::Value;

/// Answers with a frame, unless the connection is unknown or has expired: nothing is sent to those.
/// 200, or 503 when the sender cannot be looked up.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let context = &event.request_context;
    let connection = context.connection_id.as_str();
    match connections::find(&app.db, connection).await {
        Ok(Some(_)) => {}
        Ok(None) => return SocketAnswer::status(410),
        Err(error) => return failed(&error, &context.request_id),
    }
    let text = match understand(event.body.as_deref().unwrap_or_default()) {
        Ok(Said::Ping) => Event::Pong.to_json(),
        Err(error) => Event::Error((&error.problem(&context.request_id)).into()).to_json(),
    };
    app.frames.post(connection, &text).await;
    SocketAnswer::status(200)
}

/// What a client said.
enum Said {
    /// It wants to know that the connection works.
    Ping,
}

fn understand(body: &str) -> Result<Said, Error> {
    let Ok(Value::Object(fields)) = serde_json::from_str(body) else {
        return Err(Error::InvalidJson);
    };
    match fields.get("action").and_then(Value::as_str) {
        Some("ping") => Ok(Said::Ping),
        _ => Err(Error::UnknownAction),
    }
}

fn failed(error: &Error, request_id: &str) -> SocketAnswer {
    let cause = error.cause().map(ToString::to_string);
    tracing::error!(target: "chat", request_id, code = error.code(), cause, "a frame is not answered");
    SocketAnswer::status(error.status().as_u16())
}
