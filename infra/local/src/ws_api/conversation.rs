//! What is said over one connection, from its acceptance to its end.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::connection::Connection;
use super::context::{Context, INTEGRATION_LIMIT};
use super::socket::{End, Socket, SocketEvent};
use crate::gateway_id::new_id;
use crate::lambda::InvokeError;

/// Messages that may wait for the one before them; then the client has to wait too.
const PENDING_LIMIT: usize = 32;

type Delivery = Pin<Box<dyn Future<Output = Option<Utf8Bytes>> + Send>>;

/// What a client has sent and no function has answered yet.
#[derive(Default)]
struct Inbox {
    current: Option<Delivery>,
    pending: VecDeque<Utf8Bytes>,
}

/// Serves an open connection until it ends, and tells `$disconnect`.
pub(super) async fn serve(context: Arc<Context>, connection: Arc<Connection>, mut socket: Socket) {
    let mut inbox = Inbox::default();
    let end = converse(&context, &connection, &mut socket, &mut inbox).await;
    context.connections.remove(&connection.id);
    // What a client sent before it went has reached the gateway, and counts.
    let unanswered = end.by_client.then_some(inbox);
    let disconnect = async {
        if let Some(inbox) = unanswered {
            let rest = deliver_all(&context, &connection, inbox);
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
    Inbox { current, pending }: &mut Inbox,
) -> End {
    let ends_at = tokio::time::Instant::now() + context.limits.lifetime;
    loop {
        if current.is_none() {
            *current = pending
                .pop_front()
                .map(|message| deliver(context.clone(), connection.clone(), message));
        }
        let idle_at = socket.last_active + context.limits.idle;
        tokio::select! {
            event = socket.event(pending.len() < PENDING_LIMIT) => match event {
                SocketEvent::Message(message) => pending.push_back(message),
                SocketEvent::Ended(end) => return end,
            },
            answer = finished(current) => {
                *current = None;
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

/// Delivers what is left, in order; there is nobody any more to tell of failures.
async fn deliver_all(context: &Arc<Context>, connection: &Arc<Connection>, inbox: Inbox) {
    if let Some(current) = inbox.current {
        current.await;
    }
    for message in inbox.pending {
        deliver(context.clone(), connection.clone(), message).await;
    }
}

/// Waits for the message that is being delivered; for ever if there is none.
async fn finished(current: &mut Option<Delivery>) -> Option<Utf8Bytes> {
    match current {
        Some(delivery) => delivery.await,
        None => std::future::pending().await,
    }
}

/// Gives one message to the function of its route. What the function answers is for nobody, as the
/// template's API has no route responses; a failure is a frame to the client.
fn deliver(context: Arc<Context>, connection: Arc<Connection>, message: Utf8Bytes) -> Delivery {
    Box::pin(async move {
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
    })
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
