//! Which schema this program was written for, and which the database has.

use super::{failure::describe, statement::statement};
use crate::{error::Cause, log};
use tokio_postgres::Client;

statement!(rare VERSION = "schema/version" ());

/// The newest migration that this program knows.
pub const NEWEST: i32 = 12;

/// Compares the database's schema with the program's.
///
/// An older schema is an error, which says what to do. A newer one is only said: migrations add what
/// newer programs need before they take away what older ones do, so this program most likely works.
///
/// # Errors
/// One line that names both versions, or says what the database answered.
pub(super) async fn check(client: &Client) -> Result<(), Cause> {
    let row = client.query_typed(VERSION.sql(), &[]).await;
    let row = row.map_err(|error| describe("reading the schema's version", &error))?;
    let version: Option<i32> = row.first().and_then(|row| row.try_get(0).ok());
    match version {
        Some(version) if version > NEWEST => {
            log::warn!(version, known = NEWEST, "the database's schema is newer than this program");
            Ok(())
        }
        Some(NEWEST) => Ok(()),
        older => {
            let older = older.unwrap_or(0);
            Err(Cause::new(format!(
                "the database's schema is at V{older}, this program needs V{NEWEST}: invoke migrate"
            )))
        }
    }
}
