//! PostgreSQL: one connection, statements prepared once, every operation one statement.
//!
//! One file a table; each statement is a `.sql` file beside it. Every statement may be run again as
//! a whole without harm, which is what makes one retry safe.

#[cfg(feature = "mutants")]
mod mutant;
mod statement;

mod failure;
mod row;

mod connection;
mod revoked;
mod schema;
mod server;

mod database;

pub mod connections;
pub mod messages;
pub mod outbox;
pub mod players;
pub mod read_marks;
pub mod revocations;
pub mod sessions;
pub mod sync;

mod subject;

pub mod access;
pub mod erased_objects;
pub mod erasures;
pub mod exports;
pub mod history;
pub mod holds;
pub mod keeping;
pub mod trimming;

pub use connection::open;
pub use database::Database;
pub use failure::describe;
pub use schema::NEWEST;
pub use server::Server;
pub use statement::Statement;
pub use subject::{Listed, SESSIONS, Subject, sessions as sessions_of};
