//! The database as operations see it: a statement in, rows or a true error out.

use super::{
    connection::{Connection, Guarded},
    failure::{Remedy, failure, remedy},
    revoked::{Revoked, Standing},
    server::{CONNECT_TIMEOUT, Server},
    statement::Statement,
};
use crate::{
    caller::Caller,
    clock,
    config::{Config, Statements},
    error::{Cause, Error},
    http::Http,
    log,
    metrics::{Metric, Metrics},
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::{Row, types::ToSql};

/// How long a statement may take in all, connecting and one retry included.
const DEADLINE: Duration = Duration::from_millis(2_300);
/// How much of that an old connection may take: the network may have forgotten it without a word, and a
/// new one needs time too. A statement that waits for a lock is given up by the server before.
const OLD_CONNECTION: Duration = Duration::from_millis(1_500);

/// The database, reached over one connection that is opened when first needed.
pub struct Database {
    server: Option<Server>,
    naming: Statements,
    /// What this function runs, and nothing else.
    statements: &'static [&'static Statement],
    metrics: Arc<Metrics>,
    connection: Mutex<Option<Arc<Connection>>>,
    revoked: Revoked,
}

impl Database {
    /// A database on which these statements may be run. They are prepared whenever it connects. `now` tells the
    /// time that what is known of revoked tokens ages by.
    ///
    /// # Errors
    /// When the URL is not a PostgreSQL URL: says what of it is not understood.
    pub fn new(
        config: &Config,
        statements: &'static [&'static Statement],
        now: fn() -> SystemTime,
        http: &Http,
        metrics: Arc<Metrics>,
    ) -> Result<Self, Cause> {
        let access = config.database.as_ref();
        let server = access.map(|access| Server::new(access, http)).transpose()?;
        let revoked = Revoked::new(config.revocations_max_age, now);
        let (naming, connection) = (config.statements, Mutex::new(None));
        Ok(Self { server, naming, statements, metrics, connection, revoked })
    }

    /// No database, for functions that need none.
    #[must_use]
    pub fn absent(metrics: Arc<Metrics>) -> Self {
        Self {
            server: None,
            naming: Statements::Named,
            statements: &[],
            metrics,
            connection: Mutex::new(None),
            revoked: Revoked::new(Duration::ZERO, clock::now),
        }
    }

    /// Connects and prepares ahead of the first statement. A failure is the first statement's to
    /// report.
    pub async fn warm(&self) {
        if !self.statements.is_empty()
            && let Err(error) = self.connection().await
        {
            let cause = error.cause().map(ToString::to_string);
            log::warn!(cause, "not connected at cold start");
        }
    }

    /// Runs a statement: one round trip on a warm connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot answer in time; [`Error::Internal`] when it
    /// refuses the statement, or when this function has not said that it runs it.
    pub async fn query(
        &self,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        self.run(None, statement, parameters).await
    }

    /// Runs a statement for a caller, unless their token is revoked: likewise one round trip. What is known of
    /// revoked tokens is [`revocations_max_age`](Config::revocations_max_age) old at most.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is revoked; those of [`query`](Self::query).
    pub async fn query_as(
        &self,
        caller: Caller,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        self.run(Some(caller), statement, parameters).await
    }

    async fn run(
        &self,
        caller: Option<Caller>,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        if !self.statements.iter().any(|known| std::ptr::eq(*known, statement)) {
            let unknown = format!("{} is not among this function's statements", statement.name);
            return Err(Error::Internal(Cause::new(unknown)));
        }
        let late = |_| Error::Unavailable(Cause::new(format!("{} took too long", statement.name)));
        timeout(DEADLINE, self.attempts(caller, statement, parameters)).await.map_err(late)?
    }

    /// An outage must not double the traffic: only a connection that was good before and a lost race
    /// deserve a second try, each once.
    async fn attempts(
        &self,
        caller: Option<Caller>,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let (mut reconnected, mut ran_again) = (false, false);
        loop {
            let (connection, fresh) = self.connection().await?;
            self.metrics.add(Metric::RoundTrips, 1.0);
            let answer = self.answer(&connection, caller, statement, parameters);
            // The last connection gets all the time that is left.
            let patience = if fresh || reconnected { DEADLINE } else { OLD_CONNECTION };
            let Ok(result) = timeout(patience, answer).await else {
                log::warn!(statement = statement.name, "an old connection does not answer");
                reconnected = true;
                continue;
            };
            let error = match result {
                Ok(rows) => return rows,
                Err(error) => error,
            };
            let spent = match remedy(&error) {
                Remedy::Reconnect => {
                    connection.give_up();
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

    /// What the server answers, or that the caller's token is revoked.
    async fn answer(
        &self,
        connection: &Connection,
        caller: Option<Caller>,
        statement: &'static Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Result<Vec<Row>, Error>, tokio_postgres::Error> {
        let standing = caller.map(|caller| (caller, self.revoked.standing(caller)));
        let caller = match standing {
            Some((_, Standing::Revoked)) => return Ok(Err(Error::Unauthenticated)),
            Some((caller, Standing::Unknown)) => caller,
            Some((_, Standing::Good)) | None => {
                return connection.run(statement, parameters).await.map(Ok);
            }
        };
        let asked_at = self.revoked.now();
        Ok(match connection.run_unless_revoked(caller, statement, parameters).await? {
            Guarded::Ran { rows, standing } => {
                self.revoked.keep(&standing, asked_at).map(|()| rows)
            }
            Guarded::Revoked => Err(Error::Unauthenticated),
        })
    }

    /// The connection, and whether it was opened just now.
    async fn connection(&self) -> Result<(Arc<Connection>, bool), Error> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = slot.as_ref().filter(|connection| connection.is_usable()) {
            return Ok((Arc::clone(connection), false));
        }
        let absent = || Error::Internal(Cause::new("this function has no database"));
        // Boxed, since it happens seldom, and all that operations await would be as large.
        let client = Box::pin(self.server.as_ref().ok_or_else(absent)?.connect()).await?;
        let is_prepared =
            |statement: &&Statement| self.naming == Statements::Named && !statement.is_rare;
        let prepared = self.statements.iter().copied().filter(is_prepared);
        let late = |_| Error::Unavailable(Cause::new("preparing statements took too long"));
        let asked_at = self.revoked.now();
        let connection = timeout(CONNECT_TIMEOUT, Connection::prepare(client, prepared)).await;
        let (connection, standing) = connection.map_err(late)?.map_err(Error::Unavailable)?;
        self.revoked.keep(&standing, asked_at)?;
        let connection = Arc::new(connection);
        *slot = Some(Arc::clone(&connection));
        Ok((connection, true))
    }
}
