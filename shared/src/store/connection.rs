//! One connection to PostgreSQL, with what was prepared on it.

use super::{revoked::STANDING, schema, statement::Statement};
use crate::{caller::Caller, error::Cause, store::failure::describe, tls::Trust};
use futures_util::future::{join3, join4, try_join_all};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};
use tokio_postgres::{Client, Config, Row, config::SslMode, error::SqlState, types::ToSql};

/// A connection, until an answer on it was given up.
pub(super) struct Connection {
    client: Client,
    prepared: HashMap<&'static str, tokio_postgres::Statement>,
    /// An answer was not waited for: whoever came next would wait behind it.
    in_doubt: AtomicBool,
}

impl Connection {
    /// Prepares these statements, looks at the schema's version, and reads whose tokens are revoked, all in
    /// one go.
    pub(super) async fn prepare(
        client: Client,
        statements: impl Iterator<Item = &'static Statement>,
    ) -> Result<(Self, Vec<Row>), Cause> {
        let prepare = statements.map(async |statement| {
            let handle = client.prepare_typed(statement.sql(), statement.types).await;
            handle.map(|handle| (statement.name, handle))
        });
        let all = join3(schema::check(&client), standing(&client, None), try_join_all(prepare));
        let (version, standing, prepared) = all.await;
        version?;
        let failed = |error| describe("preparing statements", &error);
        let prepared = prepared.map_err(failed)?.into_iter().collect();
        let connection = Self { client, prepared, in_doubt: AtomicBool::new(false) };
        Ok((connection, standing.map_err(failed)?))
    }

    /// Whether another statement may be run on it.
    pub(super) fn is_usable(&self) -> bool {
        !self.client.is_closed() && !self.in_doubt.load(Relaxed)
    }

    /// Nobody is to use it any more.
    pub(super) fn give_up(&self) {
        self.in_doubt.store(true, Relaxed);
    }

    /// Runs a statement. If its answer is not waited for, the connection is given up: that, and no
    /// other.
    pub(super) async fn run(
        &self,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let unanswered = Unanswered(self);
        let result = self.rows(statement, parameters).await;
        std::mem::forget(unanswered);
        result
    }

    /// Runs a statement and reads whose tokens are revoked, in one transaction and one round trip: if the
    /// caller's is, the statement has done nothing. Otherwise as [`run`](Self::run).
    pub(super) async fn run_unless_revoked(
        &self,
        caller: Caller,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Guarded, tokio_postgres::Error> {
        let unanswered = Unanswered(self);
        // Each is sent when it is first polled: in this order, and in one go, so that on the one thread that
        // functions have nobody's statement comes between them.
        let (begun, standing, rows, committed) = join4(
            self.client.batch_execute("BEGIN"),
            standing(&self.client, Some(caller)),
            self.rows(statement, parameters),
            self.client.batch_execute("COMMIT"),
        )
        .await;
        std::mem::forget(unanswered);
        begun?;
        let standing = match standing {
            Err(error) if error.code() == Some(&SqlState::DIVISION_BY_ZERO) => {
                return Ok(Guarded::Revoked);
            }
            standing => standing?,
        };
        let rows = rows?;
        committed?;
        Ok(Guarded::Ran { rows, standing })
    }

    async fn rows(
        &self,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let Some(prepared) = self.prepared.get(statement.name) else {
            return unprepared(&self.client, statement, parameters).await;
        };
        #[cfg(feature = "mutants")]
        super::mutant::ran(statement.name);
        self.client.query(prepared, parameters).await
    }
}

/// What became of a statement that a caller whose token is revoked must not run.
pub(super) enum Guarded {
    /// The token is revoked.
    Revoked,
    /// It ran, and these tokens are revoked.
    Ran { rows: Vec<Row>, standing: Vec<Row> },
}

/// Whose tokens are revoked; fails if the caller's is.
async fn standing(
    client: &Client,
    caller: Option<Caller>,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let role = caller.map(|caller| caller.role().as_str());
    let (id, issued_at) = (caller.map(Caller::id), caller.map(Caller::issued_at));
    unprepared(client, &STANDING, &[&role, &id, &issued_at]).await
}

/// Runs a statement that the server parses for this once.
async fn unprepared(
    client: &Client,
    statement: &'static Statement,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    #[cfg(feature = "mutants")]
    super::mutant::ran(statement.name);
    let types = statement.types.iter().cloned();
    let parameters: Vec<_> = parameters.iter().copied().zip(types).collect();
    client.query_typed(statement.sql(), &parameters).await
}

/// Gives its connection up when it is dropped, which it is only when an answer was not waited for.
struct Unanswered<'a>(&'a Connection);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// Opens a connection; its driver is a task of its own.
///
/// # Errors
/// The driver's.
pub async fn open(config: &Config, trust: &Trust) -> Result<Client, tokio_postgres::Error> {
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
        tokio::spawn(async move { connection.await.ok() });
        return Ok(client);
    }
    let tls = tokio_postgres_rustls::MakeRustlsConnect::new(trust.of_databases());
    let (client, connection) = config.connect(tls).await?;
    tokio::spawn(async move { connection.await.ok() });
    Ok(client)
}
