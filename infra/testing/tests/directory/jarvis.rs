//! A Jarvis of a test's own, whose tables have whatever character sets and collations it says.

use chat::identity::Role;
use chat_testing::{Chat, Person, new_id, with_chat};
use futures_util::FutureExt as _;
use mysql_async::{Conn, Opts, prelude::Queryable as _};
use std::panic::{AssertUnwindSafe, resume_unwind};
use url::Url;

/// A database on the stack's server, with the two tables.
pub struct Jarvis {
    name: String,
    administrator: Opts,
    service: Url,
}

/// What a text column is: `CHARACTER SET … COLLATE …`.
pub fn column(collation: &str) -> String {
    let character_set = collation.split('_').next().unwrap();
    format!("VARCHAR(190) CHARACTER SET {character_set} COLLATE {collation}")
}

/// Runs a test with a chat and a Jarvis of its own. Both are removed afterwards.
pub fn with_jarvis(test: impl AsyncFnOnce(&Chat, &Jarvis)) {
    with_chat(async |chat| {
        let jarvis = Jarvis::create(chat).await;
        let outcome = AssertUnwindSafe(test(chat, &jarvis)).catch_unwind().await;
        jarvis.execute(&format!("DROP DATABASE {}", jarvis.name)).await;
        outcome.unwrap_or_else(|panic| resume_unwind(panic));
    });
}

impl Jarvis {
    async fn create(chat: &Chat) -> Self {
        let name = format!("jarvis_test_{}", new_id().replace('-', ""));
        let mut service: Url = chat.endpoints.jarvis_url.parse().unwrap();
        service.set_path(&name);
        let authority = chat.endpoints.authority().unwrap();
        let administrator = authority.mysql(&chat.endpoints.jarvis_admin_url).unwrap();
        let jarvis = Self { name, administrator, service };
        let name = &jarvis.name;
        jarvis.execute(&format!("CREATE DATABASE {name}")).await;
        jarvis.execute(&format!("GRANT SELECT ON {name}.* TO chat_service")).await;
        jarvis
    }

    /// Where the functions find it.
    pub fn url(&self) -> &Url {
        &self.service
    }

    /// Makes both tables anew, with columns of these types: the customers' subject and name, the
    /// dentists' address and name.
    pub async fn make_tables(&self, [subject, name, email, other_name]: [&str; 4]) {
        let database = &self.name;
        for (table, columns) in [
            (
                "assignment_customer",
                format!("name {name}, cognito_sub {subject}, KEY (cognito_sub)"),
            ),
            ("dentist_dentist", format!("name {other_name}, email {email}, KEY (email)")),
        ] {
            self.execute(&format!("DROP TABLE IF EXISTS {database}.{table}")).await;
            let id = "id INT NOT NULL AUTO_INCREMENT PRIMARY KEY";
            self.execute(&format!("CREATE TABLE {database}.{table} ({id}, {columns})")).await;
        }
    }

    /// Adds someone.
    pub async fn add(&self, person: &Person) {
        let Person { id, email, name, subject, .. } = person;
        let (table, key, value) = match person.role {
            Role::Customer => ("assignment_customer", "cognito_sub", subject),
            Role::Dentist => ("dentist_dentist", "email", email),
        };
        let sql = format!("INSERT INTO {}.{table} (id, name, {key}) VALUES (?, ?, ?)", self.name);
        let mut connection = self.connect().await;
        connection.exec_drop(sql, (id, name, value)).await.unwrap();
        connection.disconnect().await.unwrap();
    }

    /// Fills both tables with this many others.
    pub async fn fill(&self, count: usize) {
        for (table, key, text) in [
            ("assignment_customer", "cognito_sub", "LEFT(SHA2(seq, 256), 36)"),
            ("dentist_dentist", "email", "CONCAT('dentist', seq, '@example.test')"),
        ] {
            let database = &self.name;
            let sql = format!(
                "INSERT INTO {database}.{table} (name, {key})
                 SELECT 'Somebody', {text} FROM seq_1_to_{count}"
            );
            self.execute(&format!("USE {database}; {sql}")).await;
        }
    }

    /// How many rows have been read of a table, as the server counts them.
    pub async fn rows_read(&self, table: &str) -> u64 {
        let mut connection = self.connect().await;
        connection.query_drop("SET GLOBAL userstat = 1").await.unwrap();
        let sql = "SELECT COALESCE(SUM(ROWS_READ), 0) FROM information_schema.TABLE_STATISTICS
                   WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
        let read = connection.exec_first(sql, (&self.name, table)).await.unwrap();
        connection.disconnect().await.unwrap();
        read.unwrap_or_default()
    }

    /// Runs statements as an administrator.
    pub async fn execute(&self, sql: &str) {
        let mut connection = self.connect().await;
        connection.query_drop(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.disconnect().await.unwrap();
    }

    async fn connect(&self) -> Conn {
        Conn::new(self.administrator.clone()).await.unwrap()
    }
}
