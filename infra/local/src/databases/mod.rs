//! The two databases: the stack's own servers, or running ones named by the environment.

mod account;
mod binaries;
mod installer;
mod mysql;
mod postgres;
mod processes;
mod running;
mod server;

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rand::Rng;
use rand::distr::{Alphanumeric, SampleString};

pub use self::mysql::MySql;
pub use self::postgres::Postgres;
pub use self::server::DatabaseServer;
use crate::failure::Failure;

/// The passwords of this folder's servers: made on the first start, the same ever after.
///
/// # Errors
/// When the file can be neither read nor written.
pub fn password(local_folder: &Path) -> Result<String, Failure> {
    let file = local_folder.join("database-password");
    if let Ok(password) = fs::read_to_string(&file)
        && password.len() == PASSWORD_LENGTH
    {
        return Ok(password);
    }
    let password = Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_LENGTH);
    fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut open| open.write_all(password.as_bytes()))
        .map_err(Failure::of(format!("cannot write {}", file.display())))?;
    Ok(password)
}

/// A port that nobody listens on, and that the kernel gives to no outgoing connection either
/// (those start at 32768): a server that is down finds it free again.
fn free_port() -> Result<u16, Failure> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (0..100)
        .map(|_| rand::rng().random_range(12_000..20_000))
        .find(is_free)
        .ok_or_else(|| Failure::new("no free port for a database between 12000 and 20000"))
}

const PASSWORD_LENGTH: usize = 24;
