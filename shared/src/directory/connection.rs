//! The one connection to Jarvis: opened when first needed, and replaced when it is found dead.

use super::{failure::Failure, server::Server};
use crate::error::Cause;
use futures_util::FutureExt as _;
use mysql_async::{Conn, Row, prelude::Queryable as _};
use std::time::Duration;
use tokio::{sync::Mutex, time::timeout};

/// How long a lookup may take, connecting included.
pub(super) const DEADLINE: Duration = Duration::from_millis(1_200);
/// How long an old connection may be silent before a new one is opened: the network may have forgotten
/// it, and what is left of a lookup's time must do for the new one.
const OLD_CONNECTION: Duration = Duration::from_millis(500);

/// A connection that holds no answers for anyone but who asks next.
pub(super) struct Connection {
    server: Option<Server>,
    idle: Mutex<Option<Open>>,
}

impl Connection {
    /// None yet.
    pub(super) fn new(server: Option<Server>) -> Self {
        Self { server, idle: Mutex::new(None) }
    }

    /// Opens it, unless it is open or there is nothing to connect to.
    pub(super) async fn open(&self) -> Result<(), Failure> {
        let mut idle = self.idle.lock().await;
        if idle.is_none() && self.server.is_some() {
            *idle = Some(self.connect().await?);
        }
        Ok(())
    }

    /// Runs one SELECT. What failed on an old connection is tried once on a new one.
    ///
    /// While it runs the connection is this future's own: if that is dropped, so is the connection, on
    /// which an answer may still be under way.
    pub(super) async fn query(&self, sql: &str) -> Result<Vec<Row>, Failure> {
        self.query_within(OLD_CONNECTION, sql).await
    }

    /// Runs a SELECT that may take as long as a lookup may, on a connection that this lookup has just
    /// had an answer from.
    pub(super) async fn scan(&self, sql: &str) -> Result<Vec<Row>, Failure> {
        self.query_within(DEADLINE, sql).await
    }

    async fn query_within(&self, patience: Duration, sql: &str) -> Result<Vec<Row>, Failure> {
        let mut idle = self.idle.lock().await;
        if let Some(old) = idle.take()
            && let Ok((connection, answer)) = timeout(patience, old.ask(sql)).await
            && matches!(answer, Ok(_) | Err(Failure::NotInCharacterSet(_)))
        {
            *idle = Some(connection);
            return answer;
        }
        let (connection, answer) = self.connect().await?.ask(sql).await;
        if !matches!(answer, Err(Failure::Silent(_))) {
            *idle = Some(connection);
        }
        answer
    }

    async fn connect(&self) -> Result<Open, Failure> {
        let absent = || Failure::Refused(Cause::new("this function has no Jarvis"));
        let connection = self.server.as_ref().ok_or_else(absent)?.connect().await?;
        Ok(Open(Some(connection)))
    }
}

/// An open connection, closed when dropped.
struct Open(Option<Conn>);

impl Open {
    async fn ask(mut self, sql: &str) -> (Self, Result<Vec<Row>, Failure>) {
        let answer = match &mut self.0 {
            Some(connection) => connection.query(sql).await.map_err(|error| Failure::of(&error)),
            None => Ok(Vec::new()),
        };
        (self, answer)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            // Says goodbye if that needs no waiting. The driver by itself would wait, in the background,
            // for an answer that may never come.
            let _ = connection.disconnect().now_or_never();
        }
    }
}
