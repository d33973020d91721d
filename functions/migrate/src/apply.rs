//! Applying migrations that are missing, and telling a lock from a mistake.

use std::error::Error as _;
use tokio_postgres::{Client, error::SqlState};

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// Why migrations were not applied.
pub(crate) enum Failure {
    /// A table was locked for too long: nothing happened, and it may work later.
    Locked(String),
    /// It will not work.
    Broken(String),
}

/// Applies what is missing, and adds the names of what was applied.
pub(crate) async fn missing(client: &mut Client, applied: &mut Vec<String>) -> Result<(), Failure> {
    let mut runner = embedded::migrations::runner();
    let runner = runner.set_migration_table_name("schema_migrations");
    let result = runner.run_async(client).await;
    let report = match &result {
        Ok(report) => Some(report),
        Err(error) => error.report(),
    };
    if let Some(report) = report {
        applied.extend(report.applied_migrations().iter().map(ToString::to_string));
    }
    let Err(error) = result else { return Ok(()) };
    let words = format!("a migration failed: {error}");
    if is_lock_timeout(&error) { Err(Failure::Locked(words)) } else { Err(Failure::Broken(words)) }
}

fn is_lock_timeout(error: &refinery::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(postgres) = error.downcast_ref::<tokio_postgres::Error>() {
            return postgres.code() == Some(&SqlState::LOCK_NOT_AVAILABLE);
        }
        source = error.source();
    }
    false
}
