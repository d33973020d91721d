//! One connection to PostgreSQL, with what was prepared on it.

use super::{schema, statement::Statement};
use crate::{error::Cause, store::failure::describe, tls::Trust};
use futures_util::future::{join, try_join_all};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};
use tokio_postgres::{Client, Config, Row, config::SslMode, types::ToSql};

/// A connection, until an answer on it was given up.
pub(super) struct Connection {
    client: Client,
    prepared: HashMap<&'static str, tokio_postgres::Statement>,
    /// An answer was not waited for: whoever came next would wait behind it.
    in_doubt: AtomicBool,
}

impl Connection {
    /// Prepares these statements and looks at the schema's version, all in one go.
    pub(super) async fn prepare(
        client: Client,
        statements: impl Iterator<Item = &'static Statement>,
    ) -> Result<Self, Cause> {
        let prepare = statements.map(async |statement| {
            let handle = client.prepare_typed(statement.sql(), statement.types).await;
            handle.map(|handle| (statement.name, handle))
        });
        let (version, prepared) = join(schema::check(&client), try_join_all(prepare)).await;
        version?;
        let preparing = |error| describe("preparing statements", &error);
        let prepared = prepared.map_err(preparing)?.into_iter().collect();
        Ok(Self { client, prepared, in_doubt: AtomicBool::new(false) })
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
        #[cfg(feature = "mutants")]
        super::mutant::ran(statement.name);
        let result = if let Some(prepared) = self.prepared.get(statement.name) {
            self.client.query(prepared, parameters).await
        } else {
            let types = statement.types.iter().cloned();
            let parameters: Vec<_> = parameters.iter().copied().zip(types).collect();
            self.client.query_typed(statement.sql(), &parameters).await
        };
        std::mem::forget(unanswered);
        result
    }
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
