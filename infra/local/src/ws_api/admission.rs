//! Who may connect: the authorizer first, then the function of `$connect`.

use serde_json::Value;

use super::connection::Connection;
use super::context::Context;
use super::handshake::{Head, Refusal};
use super::policy::{Decision, Identity, decide};
use crate::lambda::InvokeError;

/// Asks both functions; gives the subprotocol that `$connect` chose.
pub(super) async fn admit(
    context: &Context,
    connection: &Connection,
    head: &Head,
) -> Result<Option<String>, Refusal> {
    let identity = authorize(context, connection, head).await?;
    let Some(function) = context.routes.get("$connect") else { return Ok(None) };
    let event = context.events.connect(connection, &head.headers, &head.query, identity.as_ref());
    let answer = context.invoke(function, event).await.map_err(|error| {
        context.report(&format!("{function} failed: {error}"));
        Refusal::new(502, "Bad Gateway")
    })?;
    connect_answer(&answer).inspect_err(|refusal| {
        if refusal.status == 502 {
            context.report(&format!("{function} answered something that is no response"));
        }
    })
}

async fn authorize(
    context: &Context,
    connection: &Connection,
    head: &Head,
) -> Result<Option<Identity>, Refusal> {
    let Some(function) = &context.authorizer else { return Ok(None) };
    let event = context.events.authorize(connection, &head.headers, &head.query);
    let failed = |what: &str| {
        context.report(&format!("{function} failed: {what}"));
        Refusal::new(500, "Internal server error")
    };
    match context.invoke(function, event).await {
        Ok(answer) => match decide(&answer, &context.events.connect_arn()) {
            Decision::Allow(identity) => Ok(Some(identity)),
            Decision::Deny => Err(Refusal::new(403, "Forbidden")),
            Decision::Malformed(why) => Err(failed(&why)),
        },
        Err(InvokeError::FunctionError(payload)) if says_unauthorized(&payload) => {
            Err(Refusal::new(401, "Unauthorized"))
        }
        Err(error) => Err(failed(&error.to_string())),
    }
}

/// The one error of an authorizer that means "401".
fn says_unauthorized(payload: &[u8]) -> bool {
    let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
    payload.get("errorMessage").and_then(Value::as_str) == Some("Unauthorized")
}

/// The subprotocol of a 2xx; anything else refuses the upgrade.
fn connect_answer(answer: &[u8]) -> Result<Option<String>, Refusal> {
    let answer: Value =
        serde_json::from_slice(answer).map_err(|_| Refusal::new(502, "Bad Gateway"))?;
    let status = answer
        .get("statusCode")
        .and_then(Value::as_u64)
        .and_then(|status| u16::try_from(status).ok());
    match status {
        Some(200..300) => {
            let headers = answer.get("headers").and_then(Value::as_object);
            let protocol = headers
                .into_iter()
                .flatten()
                .find(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Protocol"));
            let protocol = protocol.and_then(|(_, value)| value.as_str());
            // Nothing that could end the header's line.
            Ok(protocol
                .filter(|value| value.bytes().all(|byte| (b' '..0x7f).contains(&byte)))
                .map(str::to_owned))
        }
        Some(status @ 300..500) => {
            let body = answer.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
            Err(Refusal { status, body })
        }
        Some(500..600) => Err(Refusal::new(500, "Internal server error")),
        _ => Err(Refusal::new(502, "Bad Gateway")),
    }
}
