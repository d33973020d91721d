//! Ids that are like no other.

use uuid::Uuid;

/// A new `client_message_id`, player id, or anything else that must be like no other.
#[must_use]
pub fn new_id() -> String {
    Uuid::new_v4().to_string()
}
