//! A client of the whole service, for end-to-end tests and load: people with tokens and a verb for
//! each operation, WebSockets with bounded waits, and the local stack's controls.
//!
//! ```no_run
//! # async fn example() {
//! use chat_e2e::{Stack, new_id};
//!
//! let stack = Stack::shared();
//! let (customer, dentist) = (stack.customer().await, stack.dentist().await);
//! let mut socket = dentist.connect().await;
//! let session = customer.create_session(&dentist).await.expect(201)["id"].as_i64().unwrap();
//! customer.say(session, "Good morning").await.expect(201);
//! assert_eq!(socket.message(session, 1).await["content"], "Good morning");
//! # }
//! ```
//!
//! [`Stack::shared`] is the stack whose `endpoints.json` the variable `CHAT_ENDPOINTS` names;
//! [`PrivateStack`] is one of one's own, to break at will. What cannot go on panics where it stands;
//! [`Person::try_call`] gives transport failures back to those who expect them.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on should panic where it stands"
)]

mod controls;
mod database;
mod endpoints;
mod gate;
mod image;
mod operations;
mod people;
mod person;
mod private;
mod provider;
mod reply;
mod socket;
mod stack;

pub use controls::{Condition, Dependency};
pub use database::Database;
pub use endpoints::Endpoints;
pub use gate::Gate;
pub use image::{Image, Upload};
pub use person::{Person, Role};
pub use private::PrivateStack;
pub use provider::{Attempt, Behavior};
pub use reply::Reply;
pub use socket::{Refusal, Socket, TokenPlace};
pub use stack::Stack;

use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// A new `client_message_id`, player id, or anything else that must be like no other.
#[must_use]
pub fn new_id() -> String {
    Uuid::new_v4().to_string()
}

/// Looks until there is what is looked for.
///
/// # Panics
/// When it is not there within `limit`.
pub async fn eventually<T>(what: &str, limit: Duration, look: impl AsyncFn() -> Option<T>) -> T {
    const BETWEEN_LOOKS: Duration = Duration::from_millis(25);
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        sleep(BETWEEN_LOOKS).await;
    }
}
