//! The words of the contract's errors, written down a second time so that no change goes unseen.

use serde_json::{Value, json};

/// The problem document that the contract has for a code.
#[must_use]
pub fn problem(code: &str, request_id: &str) -> Value {
    let (status, title, detail) = words(code);
    json!({
        "type": "about:blank", "title": title, "status": status, "code": code, "detail": detail,
        "request_id": request_id, "retryable": matches!(status, 429 | 503),
    })
}

fn words(code: &str) -> (u16, &'static str, &'static str) {
    match code {
        "unauthenticated" => (401, "Unauthorized", "The request carries no verified identity."),
        "wrong_token_use" => (401, "Unauthorized", "The token is not an ID token."),
        "too_large" => (413, "Payload Too Large", "The body is larger than 64 KiB."),
        "invalid_request" => (400, "Bad Request", "The request does not fit its description."),
        "invalid_json" => (400, "Bad Request", "The message is not a JSON object."),
        "unknown_action" => (400, "Bad Request", "The message's action is not known."),
        "unknown_user" => (403, "Forbidden", "The token's bearer is not a user of this service."),
        "ambiguous_user" => (403, "Forbidden", "The token's bearer matches several users."),
        "forbidden" => {
            (403, "Forbidden", "The other side of the conversation may do this, not yours.")
        }
        "session_not_found" => (404, "Not Found", "There is no such session."),
        "message_not_found" => (404, "Not Found", "There is no such message in the session."),
        "unknown_dentist" => (404, "Not Found", "There is no such dentist."),
        "unknown_customer" => (404, "Not Found", "There is no such customer."),
        "session_archived" => (409, "Conflict", "The session is archived and takes no messages."),
        "active_session_exists" => {
            (409, "Conflict", "The customer and the dentist have another active session.")
        }
        "message_retracted" => {
            (409, "Conflict", "The message was retracted and takes no correction.")
        }
        "too_late" => (409, "Conflict", "The message was sent too long ago to be corrected."),
        "sync_expired" => (410, "Gone", "The cursor is of another history: catch up without one."),
        "image_not_found" => {
            (422, "Unprocessable Entity", "There is no uploaded image under one of the keys.")
        }
        "client_message_id_reused" => {
            (422, "Unprocessable Entity", "The client_message_id was used for another message.")
        }
        "rate_limited" => (429, "Too Many Requests", "Too much within a short time."),
        "unavailable" => (503, "Service Unavailable", "The service cannot do this at the moment."),
        "directory_unavailable" => {
            (503, "Service Unavailable", "Users cannot be looked up at the moment.")
        }
        other => panic!("the contract has no code {other}"),
    }
}
