//! `$connect`: someone whom the authorizer let in is online from now on.

use chat::{
    app::App,
    audit::Audit,
    caller::{Caller, number},
    error::Error,
    log,
    socket::{SUBPROTOCOL, SocketAnswer, SocketEvent, subprotocols},
    store::{Statement, connections},
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&connections::OPEN];

/// Notes the connection and accepts it: 200, with the subprotocol when the client offered it.
/// Refused with 401 when the event does not say who is connecting or their token is revoked, with 503 when it
/// cannot be noted.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let context = &event.request_context;
    let authorizer = context.authorizer.as_ref();
    let caller = authorizer.and_then(Caller::from_authorizer_context);
    let expiry = authorizer.and_then(|said| said.get("exp").and_then(number));
    let result = match caller.zip(expiry) {
        Some((caller, exp)) => {
            connections::open(&app.db, &context.connection_id, caller, exp).await
        }
        None => Err(Error::Unauthenticated),
    };
    let outcome = result.as_ref().map_or_else(Error::code, |()| "done");
    let mut audit = Audit::of("ws-connect", &context.request_id, outcome);
    audit.caller = caller;
    audit.connection = Some(&context.connection_id);
    audit.write(app);
    if let Err(error) = result {
        let cause = error.cause().map(ToString::to_string);
        log::warn!(code = error.code(), cause, "a connection is refused");
        return SocketAnswer::status(error.status().as_u16());
    }
    let offered = event.header("sec-websocket-protocol").unwrap_or_default();
    let accepted = SocketAnswer::status(200);
    if subprotocols(&offered).any(|name| name == SUBPROTOCOL) {
        return accepted.subprotocol(SUBPROTOCOL);
    }
    accepted
}
