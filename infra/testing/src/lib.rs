//! What the operations' tests share: [`with_chat`] gives a test a chat of its own, with a database,
//! people, and a verb for each operation. They run against the databases of a local stack:
//! `target/debug/chat-local exec -- cargo test -p send-message`.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on should panic where it stands"
)]

mod chat;
pub mod clock;
mod contract;
mod database;
mod endpoints;
mod environment;
mod event;
mod gateway;
mod identity;
mod operation;
mod people;
mod proxy;
mod reply;
mod socket;

pub use chat::{Chat, check_property, with_chat};
pub use contract::problem;
pub use database::Database;
pub use endpoints::Endpoints;
pub use environment::Environment;
pub use event::Event;
pub use gateway::Gateway;
pub use identity::Identity;
pub use operation::Operation;
pub use people::{People, Person};
pub use proxy::Proxy;
pub use reply::Reply;
pub use socket::SocketEvent;

use uuid::Uuid;

/// A new `client_message_id`, player id, or anything else that must be like no other.
#[must_use]
pub fn new_id() -> String {
    Uuid::new_v4().to_string()
}
