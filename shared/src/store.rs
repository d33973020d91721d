//! PostgreSQL: one connection, statements prepared once, every operation one statement.
//!
//! One file a table; each statement is a `.sql` file beside it. Every statement may be run again as
//! a whole without harm, which is what makes one retry safe.

mod statement;

mod failure;
mod row;

mod connection;
mod database;
mod schema;

pub mod connections;
pub mod messages;
pub mod outbox;
pub mod players;
pub mod read_marks;
pub mod sessions;

pub use connection::open;
pub use database::Database;
pub use failure::describe;
pub use schema::NEWEST;
pub use statement::Statement;
