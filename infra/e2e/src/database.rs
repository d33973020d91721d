//! PostgreSQL as the schema's owner.

use crate::Authority;
use std::ops::{Deref, DerefMut};
use tokio_postgres::Client;

/// A connection; gone when dropped.
pub struct Database(Client);

impl Database {
    pub(crate) async fn open(authority: &Authority, url: &str) -> Self {
        Self(authority.postgres(url).await.expect("PostgreSQL is running"))
    }

    /// The single number that a query gives.
    pub async fn number(&self, sql: &str) -> i64 {
        let row = self.0.query_one(sql, &[]).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}")).get(0)
    }

    /// Runs statements without parameters.
    pub async fn run(&self, sql: &str) {
        self.0.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}

impl Deref for Database {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

impl DerefMut for Database {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.0
    }
}
