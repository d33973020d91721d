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
mod eventually;
mod gate;
mod id;
mod image;
mod network;
mod operations;
mod people;
mod person;
mod private;
mod provider;
mod reply;
mod socket;
mod stack;

pub use chat_endpoints::{Authority, Endpoints};
pub use controls::{Condition, Dependency};
pub use database::Database;
pub use eventually::{SOON, eventually};
pub use gate::Gate;
pub use id::new_id;
pub use image::{Image, Photo, Upload};
pub use network::{Network, NetworkState};
pub use person::{Person, Role};
pub use private::PrivateStack;
pub use provider::{Attempt, Behavior};
pub use reply::Reply;
pub use socket::{Refusal, Socket, TokenPlace};
pub use stack::Stack;
