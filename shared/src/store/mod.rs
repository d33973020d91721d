//! PostgreSQL: one connection, statements prepared once, every operation one statement.
//!
//! One file a table; each statement is a `.sql` file beside it. Every statement may be run again as
//! a whole without harm, which is what makes one retry safe.

pub mod connections;
mod failure;
pub mod messages;
pub mod news;
pub mod outbox;
pub mod players;
mod row;
pub mod sessions;

pub use failure::describe;

use crate::{
    config::{Config, Statements},
    error::{Cause, Error},
    metrics::Metrics,
    tls,
};
use failure::{Remedy, failure, remedy};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::{
    Client, Row,
    config::{Host, SslMode, TargetSessionAttrs},
    types::{ToSql, Type},
};

/// How long a statement may take in all, connecting and one retry included.
const DEADLINE: Duration = Duration::from_millis(2_300);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A named SQL statement and the types of its parameters.
#[derive(Debug)]
pub struct Statement {
    /// As in its file's first line.
    pub name: &'static str,
    sql: &'static str,
    types: &'static [Type],
}

/// The database, reached over one connection that is opened when first needed.
pub struct Database {
    config: Option<tokio_postgres::Config>,
    statements: Statements,
    prepared: Vec<&'static Statement>,
    metrics: Arc<Metrics>,
    connection: Mutex<Option<Arc<Connection>>>,
}

struct Connection {
    client: Client,
    prepared: HashMap<&'static str, tokio_postgres::Statement>,
}

impl Database {
    /// A database that prepares these statements whenever it connects.
    ///
    /// # Errors
    /// When the URL is not a PostgreSQL URL.
    pub fn new(
        config: &Config,
        prepared: Vec<&'static Statement>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, Cause> {
        let url = config.database_url.as_ref();
        let postgres = url.map(|url| url.expose().parse::<tokio_postgres::Config>()).transpose();
        let mut postgres = postgres
            .map_err(|_| Cause::new("environment variable DATABASE_URL is not a PostgreSQL URL"))?;
        if let Some(postgres) = &mut postgres {
            postgres.connect_timeout(CONNECT_TIMEOUT).application_name("chat");
            // After a failover a stale address may lead to what is now a reader.
            postgres.target_session_attrs(TargetSessionAttrs::ReadWrite);
            require_tls(postgres);
        }
        Ok(Self {
            config: postgres,
            statements: config.statements,
            prepared,
            metrics,
            connection: Mutex::new(None),
        })
    }

    /// No database, for functions that need none.
    #[must_use]
    pub fn absent(metrics: Arc<Metrics>) -> Self {
        Self {
            config: None,
            statements: Statements::Named,
            prepared: Vec::new(),
            metrics,
            connection: Mutex::new(None),
        }
    }

    /// Connects and prepares ahead of the first statement. A failure is the first statement's to
    /// report.
    pub async fn warm(&self) {
        if !self.prepared.is_empty()
            && let Err(cause) = self.connection().await
        {
            tracing::warn!(%cause, "not connected at cold start");
        }
    }

    /// Runs a statement: one round trip on a warm connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot answer in time; [`Error::Internal`] when it
    /// refuses the statement.
    pub async fn query(
        &self,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        if let Ok(result) = timeout(DEADLINE, self.attempts(statement, parameters)).await {
            return result;
        }
        self.abandon().await;
        Err(Error::Unavailable(Cause::new(format!("{} took too long", statement.name))))
    }

    /// Drops the connection, on which an answer may still be awaited: nobody is to wait behind it.
    pub async fn abandon(&self) {
        self.connection.lock().await.take();
    }

    async fn attempts(
        &self,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let (mut reconnected, mut ran_again) = (false, false);
        loop {
            let (connection, fresh) = self.connection().await.map_err(Error::Unavailable)?;
            self.metrics.add("RoundTrips", 1.0);
            let error = match self.run(&connection, statement, parameters).await {
                Ok(rows) => return Ok(rows),
                Err(error) => error,
            };
            // An outage must not double the traffic: only a connection that was good before and
            // a lost race deserve a second try, each once.
            let spent = match remedy(&error) {
                Remedy::Reconnect => {
                    self.forget(&connection).await;
                    std::mem::replace(&mut reconnected, true) || fresh
                }
                Remedy::RunAgain => std::mem::replace(&mut ran_again, true),
                Remedy::GiveUp => true,
            };
            if spent {
                return Err(failure(statement, &error));
            }
        }
    }

    async fn run(
        &self,
        connection: &Connection,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        if let Some(prepared) = connection.prepared.get(statement.name) {
            return connection.client.query(prepared, parameters).await;
        }
        let types = statement.types.iter().cloned();
        let parameters: Vec<_> = parameters.iter().copied().zip(types).collect();
        connection.client.query_typed(statement.sql, &parameters).await
    }

    /// The connection, and whether it was opened just now.
    async fn connection(&self) -> Result<(Arc<Connection>, bool), Cause> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = slot.as_ref()
            && !connection.client.is_closed()
        {
            return Ok((Arc::clone(connection), false));
        }
        let config = self.config.as_ref().ok_or_else(|| Cause::new("there is no DATABASE_URL"))?;
        let connection = timeout(CONNECT_TIMEOUT, self.connect(config))
            .await
            .map_err(|_| Cause::new("connecting to PostgreSQL took too long"))?
            .map_err(|error| describe("connecting to PostgreSQL", &error))?;
        let connection = Arc::new(connection);
        *slot = Some(Arc::clone(&connection));
        Ok((connection, true))
    }

    async fn connect(
        &self,
        config: &tokio_postgres::Config,
    ) -> Result<Connection, tokio_postgres::Error> {
        let client = open(config).await?;
        let mut prepared = HashMap::new();
        if self.statements == Statements::Named {
            let prepare = self.prepared.iter().map(|s| client.prepare_typed(s.sql, s.types));
            let handles = futures_util::future::try_join_all(prepare).await?;
            prepared.extend(self.prepared.iter().map(|s| s.name).zip(handles));
        }
        Ok(Connection { client, prepared })
    }

    async fn forget(&self, broken: &Arc<Connection>) {
        let mut slot = self.connection.lock().await;
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, broken)) {
            *slot = None;
        }
    }
}

/// Anywhere but on this machine, TLS is not a preference, unless the URL says `sslmode=disable`: a
/// server, or whoever is in between, could say that it has none.
fn require_tls(config: &mut tokio_postgres::Config) {
    let is_loopback = |host: &Host| match host {
        Host::Tcp(name) => ["127.0.0.1", "::1", "localhost"].contains(&name.as_str()),
        Host::Unix(_) => true,
    };
    let is_preferred = config.get_ssl_mode() == SslMode::Prefer;
    if is_preferred && !config.get_hosts().iter().all(is_loopback) {
        config.ssl_mode(SslMode::Require);
    }
}

/// Opens a connection; its driver is a task of its own.
///
/// # Errors
/// The driver's.
pub async fn open(config: &tokio_postgres::Config) -> Result<Client, tokio_postgres::Error> {
    if config.get_ssl_mode() == SslMode::Disable {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
        tokio::spawn(async move { connection.await.ok() });
        return Ok(client);
    }
    let tls = tokio_postgres_rustls::MakeRustlsConnect::new(tls::client_config());
    let (client, connection) = config.connect(tls).await?;
    tokio::spawn(async move { connection.await.ok() });
    Ok(client)
}
