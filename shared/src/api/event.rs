//! The HTTP API's event, payload format 2.0, read leniently: a direct invoke that lacks a part gets a
//! true 4xx. (The request type of the crate `lambda_http` panics on bad base64 and fails on claims that are
//! not strings, which would be a 500.)

use crate::{id::SessionId, identity::Claims};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Longer ones are not API Gateway's.
const MAX_CONNECTION_ID: usize = 128;

/// An HTTP API event, payload format 2.0; every part may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HttpEvent {
    pub(super) path_parameters: Option<Map<String, Value>>,
    pub(super) query_string_parameters: Option<Map<String, Value>>,
    pub(super) body: Option<String>,
    pub(super) is_base64_encoded: Option<bool>,
    headers: Option<Headers>,
    request_context: Option<RequestContext>,
}

/// The one header that is read; names of headers arrive in lower case.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Headers {
    chat_connection: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RequestContext {
    request_id: Option<String>,
    authorizer: Option<Authorizer>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Authorizer {
    jwt: Option<Jwt>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Jwt {
    claims: Option<Claims>,
}

impl HttpEvent {
    pub(super) fn request_id(&self) -> Option<&str> {
        self.request_context.as_ref()?.request_id.as_deref()
    }

    /// What the gateway's authorizer verified.
    pub(super) fn claims(&self) -> Option<&Claims> {
        let jwt = self.request_context.as_ref()?.authorizer.as_ref()?.jwt.as_ref()?;
        jwt.claims.as_ref().filter(|claims| **claims != Claims::default())
    }

    /// The WebSocket that the request says it belongs to (`Chat-Connection`): no more than a claim, and
    /// nobody where it is not one id. Several values arrive joined by commas, which no id has.
    pub(super) fn connection(&self) -> Option<String> {
        let named = self.headers.as_ref()?.chat_connection.as_ref()?.as_str()?.trim();
        let is_id = |c: char| c.is_ascii_graphic() && c != ',';
        let fits = (1..=MAX_CONNECTION_ID).contains(&named.len()) && named.chars().all(is_id);
        fits.then(|| named.to_owned())
    }

    /// The session in the path, for the audit log of refusals.
    pub(super) fn session_in_path(&self) -> Option<SessionId> {
        let text = self.path_parameters.as_ref()?.get("session_id")?.as_str()?;
        text.parse().ok().map(|id: i64| SessionId::from(id))
    }
}
