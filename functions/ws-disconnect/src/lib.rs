//! `$disconnect`: a connection is gone. Best effort, as the event itself is: connections whose event
//! never comes are found by their expiry or when a frame for them is refused.

use chat::{
    app::App,
    socket::{SocketAnswer, SocketEvent},
    store::connections,
};

/// Forgets the connection: 200, or 503 when that did not work.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let context = event.request_context;
    match connections::forget(&app.db, &[context.connection_id]).await {
        Ok(()) => SocketAnswer::status(200),
        Err(error) => {
            let cause = error.cause().map(ToString::to_string);
            tracing::warn!(target: "chat", request_id = context.request_id, code = error.code(),
                cause, "a connection is not forgotten yet");
            SocketAnswer::status(error.status().as_u16())
        }
    }
}
