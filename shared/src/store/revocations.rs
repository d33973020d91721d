//! `revocations`: people whose tokens, issued until an instant, count no more.

use super::{
    database::Database,
    row::{at_most_one, get},
    statement::statement,
};
use crate::{error::Error, identity::Role};
use time::OffsetDateTime;

statement!(rare REVOKE = "revocations/revoke"(TEXT, INT8, INT8));

/// How many people's tokens may be revoked at a time: each environment of each function keeps them in mind.
const MOST_PEOPLE: i64 = 10_000;

/// What became of a person's tokens.
#[derive(Debug)]
pub struct Revoked {
    /// Those that were issued until then count no more.
    pub issued_until: OffsetDateTime,
    /// How many connections ended.
    pub connections: i64,
}

/// Revokes the tokens that a person has, and ends their connections. None when ten thousand others' tokens are
/// revoked. Connections know it at once, operations as soon as they read it, within
/// [`revocations_max_age`](crate::config::Config::revocations_max_age).
///
/// # Errors
/// As [`Database::query`].
pub async fn revoke(db: &Database, role: Role, id: i64) -> Result<Option<Revoked>, Error> {
    let rows = db.query(&REVOKE, &[&role.as_str(), &id, &MOST_PEOPLE]).await?;
    let Some(row) = at_most_one(&rows)? else { return Ok(None) };
    Ok(Some(Revoked { issued_until: get(row, "issued_until")?, connections: get(row, "closed")? }))
}
