//! PostgreSQL: one connection, statements prepared once, every operation one statement.
//!
//! One file a table; each statement is a `.sql` file beside it. Every statement may be run again as
//! a whole without harm, which is what makes one retry safe.

pub mod connections;
pub mod messages;
pub mod outbox;
pub mod players;
mod row;
pub mod sessions;

use crate::{
    config::{Config, Statements},
    error::{Cause, Error},
    metrics::Metrics,
    tls,
};
use std::{collections::HashMap, error::Error as _, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::{
    Client, Row,
    config::SslMode,
    error::SqlState,
    types::{ToSql, Type},
};

/// How long a statement may take in all, connecting and one retry included.
const DEADLINE: Duration = Duration::from_millis(2_500);
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

/// What a failed statement asks of us.
enum Remedy {
    /// The connection is of no use any more: take another.
    Reconnect,
    /// Somebody else was quicker; their result is visible now.
    RunAgain,
    /// Nothing helps now.
    GiveUp,
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
        }
        Ok(Self {
            config: postgres,
            statements: config.statements,
            prepared,
            metrics,
            connection: Mutex::new(None),
        })
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
        match timeout(DEADLINE, self.attempts(statement, parameters)).await {
            Ok(result) => result,
            Err(_) => {
                // Its answer may still come; nobody else must read it.
                self.connection.lock().await.take();
                let cause = format!("{} took too long", statement.name);
                Err(Error::Unavailable(Cause::new(cause)))
            }
        }
    }

    async fn attempts(
        &self,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let mut retried = false;
        loop {
            let (connection, fresh) = self.connection().await.map_err(Error::Unavailable)?;
            self.metrics.add("RoundTrips", 1.0);
            let error = match self.run(&connection, statement, parameters).await {
                Ok(rows) => return Ok(rows),
                Err(error) => error,
            };
            let remedy = remedy(&error);
            if matches!(remedy, Remedy::Reconnect) {
                self.forget(&connection).await;
            }
            // An outage must not double the traffic: only a connection that was good before and
            // a lost race deserve a second try.
            let again = match remedy {
                Remedy::Reconnect => !fresh,
                Remedy::RunAgain => true,
                Remedy::GiveUp => false,
            };
            if retried || !again {
                return Err(failure(statement, &error));
            }
            retried = true;
        }
    }

    async fn run(
        &self,
        connection: &Connection,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        match connection.prepared.get(statement.name) {
            Some(prepared) => connection.client.query(prepared, parameters).await,
            None => {
                let types = statement.types.iter().cloned();
                let typed: Vec<_> = parameters.iter().copied().zip(types).collect();
                connection.client.query_typed(statement.sql, &typed).await
            }
        }
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

fn remedy(error: &tokio_postgres::Error) -> Remedy {
    match error.code() {
        None => Remedy::Reconnect,
        // After a failover an old connection may lead to what is now a reader; new ones do not.
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Remedy::Reconnect,
        Some(code) if is_shutdown(code) => Remedy::Reconnect,
        Some(
            &SqlState::UNIQUE_VIOLATION
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::T_R_SERIALIZATION_FAILURE,
        ) => Remedy::RunAgain,
        // A pooler or a schema change may have lost what we prepared.
        Some(&SqlState::INVALID_SQL_STATEMENT_NAME) => Remedy::Reconnect,
        Some(&SqlState::FEATURE_NOT_SUPPORTED) => Remedy::Reconnect,
        Some(_) => Remedy::GiveUp,
    }
}

/// Classes 08 (connection exception) and 57P (the server is going, starting or was told to stop).
fn is_shutdown(code: &SqlState) -> bool {
    code.code().starts_with("08") || code.code().starts_with("57P")
}

/// 503 for what passes, 500 for what is our mistake.
fn failure(statement: &Statement, error: &tokio_postgres::Error) -> Error {
    let cause = describe(statement.name, error);
    let passes = error.code().is_none_or(|code| {
        let class = &code.code()[..2];
        // Connection, resources, intervention (timeouts too), system, rollback, object in use.
        ["08", "40", "53", "55", "57", "58"].contains(&class)
            || *code == SqlState::READ_ONLY_SQL_TRANSACTION
            || *code == SqlState::UNIQUE_VIOLATION
    });
    if passes { Error::Unavailable(cause) } else { Error::Internal(cause) }
}

/// `SQLSTATE` and kind only: the server's sentence may quote a row.
#[must_use]
pub fn describe(doing: &str, error: &tokio_postgres::Error) -> Cause {
    Cause::new(match error.as_db_error() {
        Some(db) => {
            let constraint = db.constraint().unwrap_or("-");
            format!("{doing}: SQLSTATE {} (constraint {constraint})", db.code().code())
        }
        None => {
            let io = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
            let kind = io.map_or_else(|| "no answer".to_owned(), |io| io.kind().to_string());
            format!("{doing}: {kind}")
        }
    })
}
