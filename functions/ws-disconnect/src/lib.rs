//! `$disconnect`: a connection is gone. Best effort, as the event itself is: connections whose event
//! never comes are found by their expiry or when a frame for them is refused.

use chat::{
    app::App,
    audit::Audit,
    error::Error,
    log,
    socket::{SocketAnswer, SocketEvent},
    store::{Statement, connections},
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&connections::FORGET];

/// Forgets the connection: 200, or 503 when that did not work.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let context = &event.request_context;
    let gone = std::slice::from_ref(&context.connection_id);
    let result = connections::forget(&app.db, gone).await;
    let outcome = result.as_ref().map_or_else(Error::code, |()| "done");
    let mut audit = Audit::of("ws-disconnect", &context.request_id, outcome);
    audit.connection = Some(&context.connection_id);
    audit.write(app);
    let Err(error) = result else { return SocketAnswer::status(200) };
    let cause = error.cause().map(ToString::to_string);
    log::warn!(code = error.code(), cause, "a connection is not forgotten yet");
    SocketAnswer::status(error.status().as_u16())
}
