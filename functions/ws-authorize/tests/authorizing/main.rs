//! Whom the authorizer lets in, with tokens of the local stack's identity provider.

mod claims;
mod forged;
mod origin;
mod people;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat_testing::{Chat, Person, SocketEvent};
use serde_json::{Value, json};
use std::time::UNIX_EPOCH;

const UNAUTHORIZED: &str = "Unauthorized";

async fn ask(chat: &Chat, token: &str) -> Result<Value, String> {
    let headers = json!({"Authorization": format!("Bearer {token}")});
    chat.ws_authorize(SocketEvent::authorize(&headers)).await
}

/// A token for this person, with changes to what is asked of the identity provider.
async fn token(chat: &Chat, person: &Person, changes: &[(&str, Value)]) -> String {
    let mut request = person.token_request();
    for (name, value) in changes {
        request[name] = value.clone();
    }
    chat.identity.token(&request).await
}

fn seconds_from_now(seconds: i64) -> i64 {
    let now = chat::clock::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    i64::try_from(now).unwrap_or(0) + seconds
}

/// A token's header and claims.
fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64.decode(part).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
