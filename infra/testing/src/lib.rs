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
mod environment;
mod event;
mod gateway;
mod id;
mod identity;
mod impostor;
mod operation;
mod people;
mod proxy;
mod reply;
mod socket;
mod verbs;

pub use chat::{Chat, check_property, with_chat};
pub use chat_endpoints::Endpoints;
pub use contract::problem;
pub use database::Database;
pub use environment::Environment;
pub use event::Event;
pub use gateway::Gateway;
pub use id::new_id;
pub use identity::Identity;
pub use impostor::{Dialect, Impostor};
pub use operation::Operation;
pub use people::{People, Person};
pub use proxy::Proxy;
pub use reply::Reply;
pub use socket::SocketEvent;
