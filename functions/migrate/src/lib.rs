//! Brings the database's schema up to date. Deployments invoke it, since it runs where the database
//! can be reached; the local stack does the same.

use chat::{config::Secret, store};
use serde::Serialize;
use tokio_postgres::Config;

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// Which migrations were applied now, in order.
#[derive(Debug, Serialize)]
pub struct Migrated {
    /// Their names.
    pub applied: Vec<String>,
}

/// Applies what is missing, each migration in a transaction of its own. Running it twice, or twice
/// at once, does no harm.
///
/// # Errors
/// One line that names the migration that failed, or says that the database does not answer.
pub async fn migrate(database_url: Option<&Secret>) -> Result<Migrated, String> {
    let config: Config = database_url
        .ok_or("environment variable DATABASE_URL is missing")?
        .expose()
        .parse()
        .map_err(|_| "environment variable DATABASE_URL is not a PostgreSQL URL".to_owned())?;
    let mut client = store::open(&config)
        .await
        .map_err(|error| store::describe("connecting to PostgreSQL", &error).to_string())?;
    // One migration run at a time; the lock goes with the connection.
    client
        .batch_execute("SELECT pg_advisory_lock(hashtext('chat migrations'))")
        .await
        .map_err(|error| store::describe("waiting for other migrations", &error).to_string())?;
    let report = embedded::migrations::runner()
        .set_migration_table_name("schema_migrations")
        .run_async(&mut client)
        .await
        .map_err(|error| format!("a migration failed: {error}"))?;
    let applied = report.applied_migrations().iter().map(ToString::to_string).collect();
    Ok(Migrated { applied })
}
