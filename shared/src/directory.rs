//! Jarvis: who is who. Only ever read.
//!
//! Statements use MySQL's text protocol, since server-side prepared ones pin an RDS Proxy session;
//! text values go in as hexadecimal literals, which need no quoting in any SQL mode. Its tables are
//! somebody else's: nothing depends on their character sets and collations.

mod connection;
mod failure;
mod person;
mod server;
mod spelling;
mod sql;
mod trouble;

pub use person::Lookup;

use crate::{
    clock,
    config::Access,
    error::{Cause, Error},
    http::Http,
    id::{CustomerId, DentistId},
    identity::{Identity, Role},
    log,
    metrics::{Metric, Metrics},
    session::Names,
};
use connection::{Connection, DEADLINE};
use failure::Failure;
use lru::LruCache;
use mysql_async::Row;
use server::Server;
use sql::{list, text};
use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use tokio::time::timeout;
use trouble::Trouble;

/// How long a token's subject is remembered.
const REMEMBERED_FOR: Duration = Duration::from_mins(5);
/// How many subjects are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The connection to Jarvis, opened when first needed, and the people remembered from it.
pub struct Directory {
    jarvis: Connection,
    trouble: Trouble,
    remembered: Mutex<LruCache<(Role, String), (i64, SystemTime)>>,
    now: fn() -> SystemTime,
    metrics: Option<Arc<Metrics>>,
}

impl Directory {
    /// A directory that may be reached so; `now` tells the time that remembered people age by.
    ///
    /// # Errors
    /// When the URL is not a MySQL URL: says which part of it is not understood.
    pub fn new(
        access: Option<&Access>,
        now: fn() -> SystemTime,
        http: &Http,
    ) -> Result<Self, Cause> {
        let server = access.map(|access| Server::new(access, http, now)).transpose()?;
        Ok(Self { jarvis: Connection::new(server), ..Self::absent(now) })
    }

    /// A directory that knows nobody, for functions that look nobody up.
    #[must_use]
    pub fn absent(now: fn() -> SystemTime) -> Self {
        Self {
            jarvis: Connection::new(None),
            trouble: Trouble::default(),
            remembered: Mutex::new(LruCache::new(REMEMBERED)),
            now,
            metrics: None,
        }
    }

    /// Counts its failures there.
    #[must_use]
    pub fn counting(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// Opens the connection ahead of the first lookup. A failure is the first lookup's to report.
    pub async fn warm(&self) {
        let _ = timeout(DEADLINE, self.jarvis.open()).await;
    }

    /// Finds whom an identity belongs to, from memory for up to five minutes.
    ///
    /// # Errors
    /// [`Error::DirectoryUnavailable`].
    pub async fn find(&self, identity: &Identity) -> Result<Lookup, Error> {
        // A dentist is who the e-mail address says, so a changed address is another key.
        let key = match (identity.role, &identity.verified_email) {
            (Role::Dentist, Some(email)) => {
                (Role::Dentist, format!("{} {email}", identity.subject))
            }
            (role, _) => (role, identity.subject.clone()),
        };
        if let Some(id) = self.recall(&key) {
            return Ok(Lookup::Found(id));
        }
        let found = match (identity.role, &identity.verified_email) {
            (Role::Customer, _) => {
                self.lookup(person::customer(&self.jarvis, &identity.subject)).await
            }
            (Role::Dentist, Some(email)) => self.lookup(person::dentist(&self.jarvis, email)).await,
            (Role::Dentist, None) => Ok(Lookup::Unknown),
        };
        let found = found.map_err(Error::DirectoryUnavailable)?;
        if let (Lookup::Found(id), Ok(mut remembered)) = (found, self.remembered.lock()) {
            remembered.put(key, (id, (self.now)()));
        }
        Ok(found)
    }

    /// Whether there is such a dentist.
    ///
    /// # Errors
    /// [`Error::DirectoryUnavailable`].
    pub async fn dentist_exists(&self, id: DentistId) -> Result<bool, Error> {
        self.exists("dentist_dentist", id.get()).await
    }

    /// Whether there is such a customer.
    ///
    /// # Errors
    /// [`Error::DirectoryUnavailable`].
    pub async fn customer_exists(&self, id: CustomerId) -> Result<bool, Error> {
        self.exists("assignment_customer", id.get()).await
    }

    /// The names of these people, in one query; none when Jarvis does not answer, and none without
    /// asking when it did not a moment ago: names are not worth a wait at every call.
    pub async fn names(&self, people: &[(CustomerId, DentistId)]) -> Names {
        if people.is_empty() || self.trouble.is_recent(clock::instant()) {
            return Names::default();
        }
        // Binary strings have no collations that could clash.
        let sql = format!(
            "SELECT 'customer', id, {name} FROM assignment_customer WHERE id IN ({}) \
             UNION ALL SELECT 'dentist', id, {name} FROM dentist_dentist WHERE id IN ({})",
            list(people.iter().map(|(customer, _)| customer.get())),
            list(people.iter().map(|(_, dentist)| dentist.get())),
            name = text("name"),
        );
        let rows = self.lookup(self.jarvis.query(&sql)).await.unwrap_or_default();
        rows.into_iter().filter_map(name).collect()
    }

    async fn exists(&self, table: &str, id: i64) -> Result<bool, Error> {
        let sql = format!("SELECT 1 FROM {table} WHERE id = {id}");
        let rows = self.lookup(self.jarvis.query(&sql)).await;
        Ok(!rows.map_err(Error::DirectoryUnavailable)?.is_empty())
    }

    fn recall(&self, key: &(Role, String)) -> Option<i64> {
        let mut remembered = self.remembered.lock().ok()?;
        let (id, since) = *remembered.get(key)?;
        // A clock that was set back makes the age an error: look again.
        let age = (self.now)().duration_since(since).ok()?;
        (age < REMEMBERED_FOR).then_some(id)
    }

    /// Waits for a lookup as long as one may take, and remembers how it went.
    async fn lookup<T>(&self, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Cause> {
        let failure = match timeout(DEADLINE, asked).await {
            Ok(Ok(answer)) => {
                self.trouble.is_over();
                return Ok(answer);
            }
            Ok(Err(failure)) => failure,
            Err(_) => Failure::Silent(Cause::new("Jarvis took too long")),
        };
        if let Some(metrics) = &self.metrics {
            metrics.add(Metric::DirectoryFailures, 1.0);
        }
        let failures = self.trouble.note(&failure, clock::instant());
        let cause = failure.into_cause();
        if let Some(failures) = failures {
            log::error!(%cause, failures, "Jarvis does not do its part");
        }
        Err(cause)
    }
}

fn name(row: Row) -> Option<((Role, i64), String)> {
    let (role, id, name): (String, i64, String) = mysql_async::from_row_opt(row).ok()?;
    Some(((Role::parse(&role)?, id), name))
}
