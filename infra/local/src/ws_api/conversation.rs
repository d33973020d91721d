//! What is said over one connection, from its acceptance to its end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::connection::Connection;
use super::context::{Context, INTEGRATION_LIMIT};
use super::socket::{End, Socket, SocketEvent};
use crate::gateway_id::new_id;
use crate::lambda::InvokeError;

/// Messages that no function has answered yet; then the client has to wait.
const DELIVERIES_LIMIT: usize = 32;

/// What is at work for a client's messages. They are delivered side by side: API Gateway promises no
/// order, and whoever relies on one shall find out here.
type Deliveries = FuturesUnordered<Pin<Box<dyn Future<Output = Option<Utf8Bytes>> + Send>>>;

/// Serves an open connection until it ends, and tells `$disconnect`.
pub(super) async fn serve(context: Arc<Context>, connection: Arc<Connection>, mut socket: Socket) {
    let mut deliveries = Deliveries::new();
    let end = converse(&context, &connection, &mut socket, &mut deliveries).await;
    context.connections.remove(&connection.id);
    let disconnect = async {
        // What a client sent before it went has reached the gateway, and counts. There is nobody any
        // more to tell of failures.
        if end.by_client {
            let rest = deliveries.for_each(async |_| {});
            let _ = tokio::time::timeout(INTEGRATION_LIMIT, rest).await;
        }
        if let Some(function) = context.routes.get("$disconnect") {
            let event = context.events.disconnect(&connection, &end);
            if let Err(error) = context.invoke(function, event).await {
                context.report(&format!("{function} failed: {error}"));
            }
        }
    };
    tokio::join!(socket.close(&end), disconnect);
}

async fn converse(
    context: &Arc<Context>,
    connection: &Arc<Connection>,
    socket: &mut Socket,
    deliveries: &mut Deliveries,
) -> End {
    let ends_at = tokio::time::Instant::now() + context.limits.lifetime;
    loop {
        let idle_at = socket.last_active + context.limits.idle;
        tokio::select! {
            event = socket.event(deliveries.len() < DELIVERIES_LIMIT) => match event {
                SocketEvent::Message(message) => {
                    let delivery = deliver(context.clone(), connection.clone(), message);
                    deliveries.push(Box::pin(delivery));
                }
                SocketEvent::Ended(end) => return end,
            },
            Some(answer) = deliveries.next() => {
                // A client that does not read has no right to its error frames.
                answer.map(|frame| connection.send(frame));
            }
            () = connection.closing.notified() => {
                return End::by_gateway(CloseCode::Normal, "Connection Closed Normally");
            }
            () = tokio::time::sleep_until(ends_at) => return End::by_gateway(CloseCode::Away, "Going away"),
            () = tokio::time::sleep_until(idle_at.into()) => {
                if socket.last_active + context.limits.idle <= Instant::now() {
                    return End::by_gateway(CloseCode::Away, "Going away");
                }
            }
        }
    }
}

/// Gives one message to the function of its route. What the function answers is for nobody, as the
/// template's API has no route responses; a failure is a frame to the client.
async fn deliver(
    context: Arc<Context>,
    connection: Arc<Connection>,
    message: Utf8Bytes,
) -> Option<Utf8Bytes> {
    let request_id = new_id();
    let failure = |message: &str| {
        let frame =
            json!({"message": message, "connectionId": connection.id, "requestId": request_id});
        Some(Utf8Bytes::from(frame.to_string()))
    };
    let Some((route, function)) = route(&context, &message) else {
        return failure("Forbidden");
    };
    let event = context.events.message(&connection, route, &message, &request_id);
    match context.invoke(function, event).await {
        Ok(_) => None,
        Err(InvokeError::Timeout(_) | InvokeError::NoEnvironment) => {
            failure("Endpoint request timed out")
        }
        Err(error) => {
            context.report(&format!("{function} failed: {error}"));
            failure("Internal server error")
        }
    }
}

#[derive(Deserialize)]
struct Selection {
    action: Option<Value>,
}

/// The route that `$request.body.action` selects, or `$default`, with its function.
fn route<'a>(context: &'a Context, message: &str) -> Option<(&'a str, &'a str)> {
    let selection: Option<Selection> = serde_json::from_str(message).ok();
    let action = selection.and_then(|selection| selection.action);
    let action = action.as_ref().and_then(Value::as_str).filter(|action| !action.starts_with('$'));
    let found = action.and_then(|action| context.routes.get_key_value(action));
    found
        .or_else(|| context.routes.get_key_value("$default"))
        .map(|(key, function)| (key.as_str(), function.as_str()))
}
