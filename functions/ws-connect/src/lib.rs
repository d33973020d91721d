//! `$connect`: someone whom the authorizer let in is online from now on.

use chat::{
    app::App,
    caller::{Caller, number},
    error::Error,
    socket::{SUBPROTOCOL, SocketAnswer, SocketEvent, subprotocols},
    store::connections,
};

/// Notes the connection and accepts it: 200, with the subprotocol when the client offered it.
/// Refused with 401 when the event does not say who is connecting, with 503 when it cannot be noted.
pub async fn handle(app: &App, event: SocketEvent) -> SocketAnswer {
    let context = &event.request_context;
    let caller = Caller::from_authorizer_context(&context.authorizer);
    let result = match caller.zip(context.authorizer.get("exp").and_then(number)) {
        Some((caller, exp)) => {
            connections::open(&app.db, &context.connection_id, caller, exp).await
        }
        None => Err(Error::Unauthenticated),
    };
    tracing::info!(
        target: "audit",
        request_id = context.request_id,
        action = "ws-connect",
        outcome = result.as_ref().map_or_else(Error::code, |()| "done"),
        role = caller.map(|caller| caller.role().as_str()),
        actor = caller.map(Caller::id),
    );
    if let Err(error) = result {
        let cause = error.cause().map(ToString::to_string);
        tracing::warn!(target: "chat", code = error.code(), cause, "a connection is refused");
        return SocketAnswer::status(error.status().as_u16());
    }
    let offered = event.header("sec-websocket-protocol").unwrap_or_default();
    let accepted = SocketAnswer::status(200);
    if subprotocols(offered).any(|name| name == SUBPROTOCOL) {
        return accepted.subprotocol(SUBPROTOCOL);
    }
    accepted
}
