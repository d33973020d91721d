//! The two databases: the stack's own servers, or running ones named by the environment.

mod account;
mod binaries;
mod installer;
mod mysql;
mod password;
mod plan;
mod postgres;
mod process_family;
mod server;
mod server_process;

pub use self::mysql::MySql;
pub use self::password::password;
pub use self::postgres::Postgres;
pub use self::server::DatabaseServer;
