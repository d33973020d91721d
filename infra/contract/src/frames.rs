//! The WebSocket's frames: which there are, and what they look like.

use crate::{Contract, Place};
use serde_json::Value;
use std::collections::BTreeMap;

/// Who says something. The document takes the service's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The service says it, a client gets it.
    Sent,
    /// A client says it.
    Received,
}

impl Contract {
    /// What is said in this direction: message names and their payloads' schemas.
    #[must_use]
    pub fn messages(&self, direction: Direction) -> BTreeMap<String, Place<'_>> {
        let operations = self.asyncapi().get("operations");
        let mut messages = BTreeMap::new();
        for (_, operation) in operations.iter().flat_map(Place::members) {
            let is_sent = operation.value()["action"] == "send";
            let own =
                operation.get("messages").filter(|_| is_sent == (direction == Direction::Sent));
            // What is received is replied to by what is sent.
            let reply = operation.path(&["reply", "messages"]);
            let reply = reply.filter(|_| is_sent != (direction == Direction::Sent));
            for message in own.iter().chain(&reply).flat_map(Place::items) {
                if let Some(payload) = message.get("payload") {
                    messages.insert(message.name(), payload);
                }
            }
        }
        messages
    }

    /// Which message this is; it fits exactly one.
    ///
    /// # Errors
    /// When it fits none or several: what it lacks for each.
    pub fn check_frame(&self, direction: Direction, frame: &Value) -> Result<String, String> {
        let (mut fits, mut errors) = (Vec::new(), Vec::new());
        for (name, schema) in self.messages(direction) {
            match self.schema(&schema)?.check(frame) {
                Ok(()) => fits.push(name),
                Err(error) => errors.push(format!("not {name}: {error}")),
            }
        }
        match (fits.pop(), fits.is_empty()) {
            (Some(name), true) => Ok(name),
            (Some(name), false) => Err(format!("{name} and {fits:?} at once: {frame}")),
            (None, _) => Err(format!("{frame}: {}", errors.join("\n"))),
        }
    }
}
