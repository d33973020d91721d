//! The authorizer of `$connect`: who opens a WebSocket.
//!
//! API Gateway has no JWT authorizer for WebSockets, so this function does what the HTTP API's does,
//! and finds the bearer in Jarvis while it is at it.

mod keys;
mod origin;
mod token;

pub use keys::Keys;

use chat::{
    app::App,
    audit::Audit,
    caller::Caller,
    error::Error,
    identity::{Claims, Identity},
    log,
    socket::{SUBPROTOCOL, SocketEvent, subprotocols},
};
use lambda_runtime::Diagnostic;
use serde::Deserialize as _;
use serde_json::{Value, json};

/// Answers with a policy that lets the bearer in and says who they are, or keeps them out (403): nobody
/// that the platform knows, or the page of an origin that is not allowed.
///
/// # Errors
/// `Unauthorized`, which the gateway turns into 401, for a token that is missing or not good;
/// anything else becomes a 500.
pub async fn handle(app: &App, keys: &Keys, event: SocketEvent) -> Result<Value, Diagnostic> {
    let resource = event.method_arn.clone().unwrap_or_default();
    let result = authorize(app, keys, &event).await;
    let outcome = result.as_ref().map_or_else(Error::code, |_| "done");
    let mut audit = Audit::of("ws-authorize", &event.request_context.request_id, outcome);
    audit.caller = result.as_ref().ok().map(|(caller, _)| *caller);
    audit.write(app);
    match result {
        Ok((caller, exp)) => Ok(policy("Allow", &resource, Some((caller, exp)))),
        Err(Error::UnknownUser | Error::AmbiguousUser | Error::Forbidden) => {
            Ok(policy("Deny", &resource, None))
        }
        Err(Error::Unauthenticated | Error::WrongTokenUse) => Err(failure("Unauthorized")),
        Err(error) => {
            let cause = error.cause().map(ToString::to_string);
            log::error!(code = error.code(), cause, "nobody can connect");
            Err(failure("Unavailable"))
        }
    }
}

/// The bearer, and when the token expires, in seconds since 1970.
async fn authorize(app: &App, keys: &Keys, event: &SocketEvent) -> Result<(Caller, i64), Error> {
    let token = bearer(event).ok_or(Error::Unauthenticated)?;
    let claims = token::verify(app, &token, keys).await?;
    if !origin::is_allowed(event, app.config.allowed_origins.as_deref()) {
        return Err(Error::Forbidden);
    }
    let exp = claims.get("exp").and_then(Value::as_f64).ok_or(Error::Unauthenticated)?;
    let claims = Claims::deserialize(claims).map_err(|_| Error::Unauthenticated)?;
    let identity = Identity::from_claims(&claims, &app.config.dentist_group)?;
    let caller = Caller::authenticate(&identity, &app.directory).await?;
    // A fraction of a second less is on the safe side.
    #[allow(clippy::cast_possible_truncation)]
    Ok((caller, exp as i64))
}

/// The token: apps send it as a header; browsers, which cannot, as the second subprotocol.
fn bearer(event: &SocketEvent) -> Option<String> {
    if let Some(authorization) = event.header("authorization") {
        let (scheme, token) = authorization.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned());
    }
    let header = event.header("sec-websocket-protocol")?;
    let mut offered = subprotocols(&header);
    let token = (offered.next() == Some(SUBPROTOCOL)).then(|| offered.next()).flatten();
    token.map(str::to_owned)
}

fn policy(effect: &str, resource: &str, bearer: Option<(Caller, i64)>) -> Value {
    let (principal, context) = match bearer {
        Some((caller, exp)) => {
            let (role, iat) = (caller.role().as_str(), caller.issued_at());
            let context = json!({"role": role, "id": caller.id(), "iat": iat, "exp": exp});
            (format!("{role}-{}", caller.id()), context)
        }
        None => ("nobody".to_owned(), json!({})),
    };
    let statement = json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource});
    json!({
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    })
}

fn failure(message: &str) -> Diagnostic {
    Diagnostic { error_type: message.to_owned(), error_message: message.to_owned() }
}
