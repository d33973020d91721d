//! Applying migrations that are missing, and telling a lock from a mistake.

use chat::{error::Cause, store};
use std::error::Error as _;
use tokio_postgres::{Client, error::SqlState};

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// Why migrations were not applied.
pub(crate) enum Failure {
    /// A table was locked for too long: nothing happened, and it may work later.
    Locked(Cause),
    /// It will not work.
    Broken(Cause),
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
    let Some(refused) = by_the_database(&error) else {
        return Err(Failure::Broken(Cause::new(words)));
    };
    let is_locked = refused.code() == Some(&SqlState::LOCK_NOT_AVAILABLE);
    let cause = store::describe(&words, refused);
    Err(if is_locked { Failure::Locked(cause) } else { Failure::Broken(cause) })
}

/// The database's own error, whose code says what the migration's name does not.
fn by_the_database(error: &refinery::Error) -> Option<&tokio_postgres::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(refused) = error.downcast_ref() {
            return Some(refused);
        }
        source = error.source();
    }
    None
}
