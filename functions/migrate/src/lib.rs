//! Brings the database's schema up to date. Deployments invoke it, since it runs where the database
//! can be reached; the local stack does the same.

mod apply;

use chat::{
    config::Access,
    error::{Cause, Error},
    http::Http,
    store::{self, NEWEST, Server},
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::sleep;
use tokio_postgres::Client;

/// How often a migration is tried that waits for a lock.
const TRIES: u32 = 20;
/// How long senders have between two tries.
const PAUSE: Duration = Duration::from_secs(2);

/// Which migrations were applied now, in order.
#[derive(Debug, Serialize)]
pub struct Migrated {
    /// Their names.
    pub applied: Vec<String>,
}

/// Applies what is missing, each migration in a transaction of its own. Running it twice, or twice
/// at once, does no harm. A migration waits for no lock for longer than three seconds, for whoever
/// sends meanwhile waits behind it: it gives up, lets them pass, and is tried again.
///
/// # Errors
/// [`Error::Unavailable`] when the database does not answer or its tables stay locked;
/// [`Error::Internal`] with one line that names the migration that failed, or says that the database is
/// newer than this program.
pub async fn migrate(access: Option<&Access>, http: &Http) -> Result<Migrated, Error> {
    let missing = || Error::Internal(Cause::new("environment variable DATABASE_URL is missing"));
    let server = Server::new(access.ok_or_else(missing)?, http).map_err(Error::Internal)?;
    let mut client = server.connect().await?;
    // One migration run at a time; the lock goes with the connection.
    run(&client, "SELECT pg_advisory_lock(hashtext('chat migrations'))").await?;
    run(&client, "SET lock_timeout = '3s'").await?;
    refuse_newer(&client).await?;
    let mut applied = Vec::new();
    for last in (0..TRIES).rev() {
        match apply::missing(&mut client, &mut applied).await {
            Ok(()) => return Ok(Migrated { applied }),
            Err(apply::Failure::Locked(_)) if last > 0 => sleep(PAUSE).await,
            Err(apply::Failure::Locked(cause)) => return Err(Error::Unavailable(cause)),
            Err(apply::Failure::Broken(cause)) => return Err(Error::Internal(cause)),
        }
    }
    Ok(Migrated { applied })
}

/// An older program has nothing to do with a newer schema, and must not try.
async fn refuse_newer(client: &Client) -> Result<(), Error> {
    let reading =
        |error| Error::Unavailable(store::describe("reading the schema's version", &error));
    let exists = "SELECT to_regclass('schema_migrations') IS NOT NULL";
    if !client.query_one(exists, &[]).await.map_err(reading)?.get::<_, bool>(0) {
        return Ok(());
    }
    let newest = "SELECT coalesce(max(version), 0)::int FROM schema_migrations";
    let version: i32 = client.query_one(newest, &[]).await.map_err(reading)?.get(0);
    if version <= NEWEST {
        return Ok(());
    }
    Err(Error::Internal(Cause::new(format!(
        "the database is newer than this program: its schema is at V{version}, this program knows V{NEWEST}"
    ))))
}

async fn run(client: &Client, sql: &str) -> Result<(), Error> {
    let done = client.batch_execute(sql).await;
    done.map_err(|error| {
        Error::Unavailable(store::describe("waiting for other migrations", &error))
    })
}
