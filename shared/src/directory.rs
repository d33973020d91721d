//! Jarvis: who is who. Only ever read.
//!
//! Statements use MySQL's text protocol, since server-side prepared ones pin an RDS Proxy session;
//! text values go in as hexadecimal literals, which need no quoting in any SQL mode.

mod sql;

use crate::{
    caller::{Identity, Role},
    config::Secret,
    error::{Cause, Error},
    id::{CustomerId, DentistId},
};
use lru::LruCache;
use mysql_async::{Conn, Opts, Row, prelude::Queryable};
use sql::{cause, list, literal, options};
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::Mutex,
    time::{Duration, SystemTime},
};
use tokio::time::timeout;

/// How long a lookup may take, connecting included.
const DEADLINE: Duration = Duration::from_millis(1_200);
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(900);
/// How long a token's subject is remembered.
const REMEMBERED_FOR: Duration = Duration::from_mins(5);
/// How many subjects are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// Whom a token's claims lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Exactly one person, with this id.
    Found(i64),
    /// Nobody.
    Unknown,
    /// More than one.
    Ambiguous,
}

/// Names of participants, as far as Jarvis told them.
#[derive(Debug, Default)]
pub struct Names(HashMap<(Role, i64), String>);

impl Names {
    /// The customer's name, if known.
    #[must_use]
    pub fn customer(&self, id: CustomerId) -> Option<String> {
        self.0.get(&(Role::Customer, id.get())).cloned()
    }

    /// The dentist's name, if known.
    #[must_use]
    pub fn dentist(&self, id: DentistId) -> Option<String> {
        self.0.get(&(Role::Dentist, id.get())).cloned()
    }
}

/// The connection to Jarvis, opened when first needed, and the people remembered from it.
pub struct Directory {
    options: Option<Opts>,
    connection: tokio::sync::Mutex<Option<Conn>>,
    remembered: Mutex<LruCache<(Role, String), (i64, SystemTime)>>,
    now: fn() -> SystemTime,
}

impl Directory {
    /// A directory at `url`; `now` tells the time that remembered people age by.
    ///
    /// # Errors
    /// When `url` is not a MySQL URL.
    pub fn new(url: Option<&Secret>, now: fn() -> SystemTime) -> Result<Self, Cause> {
        Ok(Self { options: url.map(options).transpose()?, ..Self::absent(now) })
    }

    /// A directory that knows nobody, for functions that look nobody up.
    #[must_use]
    pub fn absent(now: fn() -> SystemTime) -> Self {
        Self {
            options: None,
            connection: tokio::sync::Mutex::new(None),
            remembered: Mutex::new(LruCache::new(REMEMBERED)),
            now,
        }
    }

    /// Opens the connection ahead of the first lookup. A failure is the first lookup's to report.
    pub async fn warm(&self) {
        let mut connection = self.connection.lock().await;
        if connection.is_none() && self.options.is_some() {
            *connection = self.connect().await.ok();
        }
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
            (Role::Customer, _) => self.find_customer(&identity.subject).await?,
            (Role::Dentist, Some(email)) => self.find_dentist(email).await?,
            (Role::Dentist, None) => Lookup::Unknown,
        };
        if let (Lookup::Found(id), Ok(mut remembered)) = (found, self.remembered.lock()) {
            remembered.put(key, (id, (self.now)()));
        }
        Ok(found)
    }

    /// Whether there is such a dentist, and their name.
    ///
    /// # Errors
    /// [`Error::DirectoryUnavailable`].
    pub async fn dentist_exists(&self, id: DentistId) -> Result<bool, Error> {
        let sql = format!("SELECT 1 FROM dentist_dentist WHERE id = {id}");
        Ok(!self.query(&sql).await?.is_empty())
    }

    /// Whether there is such a customer.
    ///
    /// # Errors
    /// [`Error::DirectoryUnavailable`].
    pub async fn customer_exists(&self, id: CustomerId) -> Result<bool, Error> {
        let sql = format!("SELECT 1 FROM assignment_customer WHERE id = {id}");
        Ok(!self.query(&sql).await?.is_empty())
    }

    /// The names of these people, in one query; none when Jarvis does not answer.
    pub async fn names(&self, people: &[(CustomerId, DentistId)]) -> Names {
        if people.is_empty() {
            return Names::default();
        }
        let sql = format!(
            "SELECT 'customer', id, name FROM assignment_customer WHERE id IN ({}) \
             UNION ALL SELECT 'dentist', id, name FROM dentist_dentist WHERE id IN ({})",
            list(people.iter().map(|(customer, _)| customer.get())),
            list(people.iter().map(|(_, dentist)| dentist.get())),
        );
        match self.query(&sql).await {
            Ok(rows) => Names(rows.into_iter().filter_map(name).collect()),
            Err(error) => {
                let cause = error.cause().map(ToString::to_string);
                tracing::warn!(cause, "names are left out");
                Names::default()
            }
        }
    }

    fn recall(&self, key: &(Role, String)) -> Option<i64> {
        let mut remembered = self.remembered.lock().ok()?;
        let (id, since) = *remembered.get(key)?;
        // A clock that was set back makes the age an error: look again.
        let age = (self.now)().duration_since(since).ok()?;
        (age < REMEMBERED_FOR).then_some(id)
    }

    async fn find_customer(&self, subject: &str) -> Result<Lookup, Error> {
        let sql = format!(
            "SELECT id, cognito_sub FROM assignment_customer WHERE cognito_sub = {}",
            literal(subject)
        );
        // The column's collation may hold different subjects for equal.
        self.one(&sql, |stored| stored == subject).await
    }

    async fn find_dentist(&self, email: &str) -> Result<Lookup, Error> {
        let sql = format!(
            "SELECT id, email FROM dentist_dentist WHERE LOWER(email) = LOWER({})",
            literal(email)
        );
        let wanted = email.to_lowercase();
        // The column's collation may ignore accents too.
        self.one(&sql, |stored| stored.to_lowercase() == wanted).await
    }

    async fn one(&self, sql: &str, matches: impl Fn(&str) -> bool) -> Result<Lookup, Error> {
        let rows = self.query(sql).await?;
        let mut ids = rows.into_iter().filter_map(|row| {
            let (id, key): (i64, String) = mysql_async::from_row_opt(row).ok()?;
            matches(&key).then_some(id)
        });
        Ok(match (ids.next(), ids.next()) {
            (None, _) => Lookup::Unknown,
            (Some(id), None) => Lookup::Found(id),
            (Some(_), Some(_)) => Lookup::Ambiguous,
        })
    }

    /// Runs one SELECT. A connection that died while the environment was frozen is replaced once.
    async fn query(&self, sql: &str) -> Result<Vec<Row>, Error> {
        let mut slot = self.connection.lock().await;
        let attempt = async {
            if let Some(mut connection) = slot.take()
                && let Ok(rows) = connection.query(sql).await
            {
                *slot = Some(connection);
                return Ok(rows);
            }
            let mut connection = self.connect().await?;
            let rows = connection.query(sql).await.map_err(|error| cause(&error))?;
            *slot = Some(connection);
            Ok(rows)
        };
        // On a timeout the connection stays out of its slot: an answer may still be under way.
        match timeout(DEADLINE, attempt).await {
            Ok(result) => result.map_err(Error::DirectoryUnavailable),
            Err(_) => Err(Error::DirectoryUnavailable(Cause::new("Jarvis took too long"))),
        }
    }

    async fn connect(&self) -> Result<Conn, Cause> {
        let options = self.options.clone().ok_or_else(|| Cause::new("there is no JARVIS_URL"))?;
        match timeout(CONNECT_TIMEOUT, Conn::new(options)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(cause(&error)),
            Err(_) => Err(Cause::new("connecting to Jarvis took too long")),
        }
    }
}

fn name(row: Row) -> Option<((Role, i64), String)> {
    let (role, id, name): (String, i64, String) = mysql_async::from_row_opt(row).ok()?;
    Some(((Role::parse(&role)?, id), name))
}
