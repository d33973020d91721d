//! What a failed statement means: what helps, what the client is told, what the log says.

use super::statement::Statement;
use crate::{
    error::{Cause, Error},
    tls,
};
use std::{error::Error as _, io};
use tokio_postgres::error::SqlState;

/// What a failed statement asks of us.
pub(super) enum Remedy {
    /// The connection is of no use any more: take another.
    Reconnect,
    /// Somebody else was quicker; their result is visible now.
    RunAgain,
    /// Nothing helps now.
    GiveUp,
}

pub(super) fn remedy(error: &tokio_postgres::Error) -> Remedy {
    let Some(code) = error.code() else { return Remedy::Reconnect };
    match *code {
        SqlState::UNIQUE_VIOLATION
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE => Remedy::RunAgain,
        // After a failover an old connection may lead to what is now a reader; new ones do not.
        SqlState::READ_ONLY_SQL_TRANSACTION
        // A pooler or a schema change may have lost what we prepared.
        | SqlState::INVALID_SQL_STATEMENT_NAME
        | SqlState::FEATURE_NOT_SUPPORTED => Remedy::Reconnect,
        _ if is_shutdown(code) => Remedy::Reconnect,
        _ => Remedy::GiveUp,
    }
}

/// Classes 08 (connection exception) and 57P (the server is going, starting or was told to stop).
fn is_shutdown(code: &SqlState) -> bool {
    code.code().starts_with("08") || code.code().starts_with("57P")
}

/// 503 for what passes, 500 for what is our mistake.
pub(super) fn failure(statement: &Statement, error: &tokio_postgres::Error) -> Error {
    let cause = describe(statement.name, error);
    let passes = error.code().is_none_or(|code| {
        // Connection, rollback, resources, object in use, intervention (timeouts too), system.
        let classes = ["08", "40", "53", "55", "57", "58"];
        classes.iter().any(|class| code.code().starts_with(class))
            || [SqlState::READ_ONLY_SQL_TRANSACTION, SqlState::UNIQUE_VIOLATION].contains(code)
    });
    if passes { Error::Unavailable(cause) } else { Error::Internal(cause) }
}

/// `SQLSTATE` and kind only: the server's sentence may quote a row.
#[must_use]
pub fn describe(doing: &str, error: &tokio_postgres::Error) -> Cause {
    if let Some(db) = error.as_db_error() {
        let constraint = db.constraint().unwrap_or("-");
        let code = db.code().code();
        return Cause::new(format!("{doing}: SQLSTATE {code} (constraint {constraint})"));
    }
    if let Some(refusal) = tls::refusal(error) {
        return Cause::new(format!("{doing}: TLS: {refusal}"));
    }
    let source = error.source();
    // The driver's own words, which stand in no type.
    if source.is_some_and(|source| source.to_string() == "server does not support TLS") {
        return Cause::new(format!("{doing}: the server offers no TLS"));
    }
    let io = source.and_then(|source| source.downcast_ref::<io::Error>());
    let kind = io.map_or_else(|| "no answer".to_owned(), |io| io.kind().to_string());
    Cause::new(format!("{doing}: {kind}"))
}
