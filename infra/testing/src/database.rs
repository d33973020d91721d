//! A PostgreSQL database of a test's own: a copy of a migrated template, dropped afterwards.

use chat::{config::Access, http::Http, tls::Trust};
use chat_endpoints::{Authority, Endpoints};
use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash as _, Hasher as _},
    path::{Path, PathBuf},
};
use tokio_postgres::{Client, Row, error::SqlState, types::ToSql};
use url::Url;
use uuid::Uuid;

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
const ROLES: &str = include_str!("../../../migrations/roles.sql");
/// How often a database that somebody has not left yet is to be dropped.
const ATTEMPTS_TO_DROP: usize = 6;

/// A database with the chat's schema and nothing in it.
pub struct Database {
    name: String,
    place: Place,
    administrator: Client,
    owner: Client,
    /// Where the functions find it.
    pub service_url: Url,
    /// The same, as the schema's owner.
    pub owner_url: Url,
}

impl Database {
    /// Makes one, beside the stack's own.
    pub async fn create(endpoints: &Endpoints) -> Self {
        let place = Place::of(endpoints);
        let name = format!("chat_test_{}", Uuid::new_v4().simple());
        let administrator = place.connect(&place.owner).await;
        let template = template(&administrator, &place).await;
        let create = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY {}", strategy());
        administrator.batch_execute(&create).await.expect("a template can be copied");
        restrict(&administrator, &name).await;
        forget_in_a_crash(&administrator, &name).await;
        Self::open(place, administrator, name).await
    }

    /// An empty database, without even the schema.
    pub async fn create_empty(endpoints: &Endpoints) -> Self {
        let place = Place::of(endpoints);
        let name = format!("chat_test_{}", Uuid::new_v4().simple());
        let administrator = place.connect(&place.owner).await;
        create_empty(&administrator, &place, &name).await;
        restrict(&administrator, &name).await;
        Self::open(place, administrator, name).await
    }

    async fn open(place: Place, administrator: Client, name: String) -> Self {
        let (service_url, owner_url) = (named(&place.service, &name), named(&place.owner, &name));
        let owner = place.connect(&owner_url).await;
        Self { name, place, administrator, owner, service_url, owner_url }
    }

    /// A connection as the functions' role.
    pub async fn service(&self) -> Client {
        self.place.connect(&self.service_url).await
    }

    /// Another connection, as the schema's owner.
    pub async fn another_owner(&self) -> Client {
        self.place.connect(&self.owner_url).await
    }

    /// Removes it, once everybody has left.
    ///
    /// # Errors
    /// The server's, for instance when somebody does not leave.
    pub async fn remove(self) -> Result<(), tokio_postgres::Error> {
        drop(self.owner);
        let drop = format!("DROP DATABASE {}", self.name);
        // The server itself waits five seconds; on a busy machine, leaving may take longer.
        for _ in 1..ATTEMPTS_TO_DROP {
            match self.administrator.batch_execute(&drop).await {
                Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {}
                dropped => return dropped,
            }
        }
        self.administrator.batch_execute(&drop).await
    }

    /// Runs a statement as the schema's owner.
    #[track_caller]
    pub fn rows<'a>(
        &'a self,
        sql: &'a str,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> impl Future<Output = Vec<Row>> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let rows = self.owner.query(sql, parameters).await;
            rows.unwrap_or_else(|error| panic!("{caller}: {sql}: {error:?}"))
        }
    }

    /// The number that a statement finds.
    #[track_caller]
    pub fn number<'a>(
        &'a self,
        sql: &'a str,
        parameters: &'a [&'a (dyn ToSql + Sync)],
    ) -> impl Future<Output = i64> + 'a {
        let rows = self.rows(sql, parameters);
        async move { rows.await.first().expect("a row").get(0) }
    }

    /// How many locks are waited for in this database.
    pub async fn locks_waited_for(&self) -> i64 {
        let sql = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE NOT l.granted AND a.datname = current_database()";
        self.number(sql, &[]).await
    }

    /// Waits until somebody waits for a lock in this database.
    pub async fn until_a_lock_is_waited_for(&self) {
        while self.locks_waited_for().await == 0 {
            tokio::task::yield_now().await;
        }
    }

    /// The SQLSTATE and, if there is one, the constraint by which the server refuses a statement.
    pub async fn refusal(&self, sql: &str) -> (String, Option<String>) {
        refusal(&self.owner, sql).await
    }

    /// The same, of a statement by the functions' role.
    pub async fn service_refusal(&self, sql: &str) -> (String, Option<String>) {
        refusal(&self.place.connect(&self.service_url).await, sql).await
    }

    /// How many statements the functions' role has run in this database, as the server counts them.
    pub async fn statements_run(&self) -> i64 {
        self.counted("calls").await
    }

    /// How many pages those statements have looked at.
    pub async fn pages_looked_at(&self) -> i64 {
        self.counted("shared_blks_hit + shared_blks_read").await
    }

    async fn counted(&self, what: &str) -> i64 {
        let sql = format!(
            "SELECT coalesce(sum({what}), 0)::bigint FROM pg_stat_statements
             WHERE dbid = (SELECT oid FROM pg_database WHERE datname = $1)
               AND userid = 'chat_service'::regrole"
        );
        let row = self.administrator.query_one(&sql, &[&self.name]).await;
        row.expect("the server has pg_stat_statements").get(0)
    }

    /// Ends the functions' connections, as a restart or a failover would.
    pub async fn terminate_connections(&self) {
        // Its own role may end them, which the schema's owner may not.
        let service = self.place.connect(&self.service_url).await;
        let sql = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
                   WHERE datname = current_database() AND usename = 'chat_service'
                     AND pid <> pg_backend_pid()";
        service.batch_execute(sql).await.expect("a role may end its own connections");
    }
}

/// The SQLSTATE and, if there is one, the constraint by which the server refuses a statement.
async fn refusal(client: &Client, sql: &str) -> (String, Option<String>) {
    let error = client.batch_execute(sql).await.expect_err("the server refuses this");
    let error = error.as_db_error().expect("the server says why");
    (error.code().code().to_owned(), error.constraint().map(str::to_owned))
}

/// The stack's server.
struct Place {
    service: Url,
    owner: Url,
    ca: PathBuf,
    authority: Authority,
}

impl Place {
    fn of(endpoints: &Endpoints) -> Self {
        Self {
            service: url(&endpoints.database_url),
            owner: url(&endpoints.database_admin_url),
            ca: endpoints.ca.clone(),
            authority: endpoints.authority().expect("the stack has a certificate authority"),
        }
    }

    /// A connection of its own.
    async fn connect(&self, url: &Url) -> Client {
        self.authority.postgres(url.as_str()).await.expect("PostgreSQL is running")
    }
}

/// How a template is copied. By way of the log no other test waits for a checkpoint; by its files it costs a tenth
/// of the processor's time, which counts where the server's files are in memory (`COPY_DATABASES_BY_FILES`).
fn strategy() -> &'static str {
    let is_by_files = std::env::var_os("COPY_DATABASES_BY_FILES").is_some();
    if is_by_files { "FILE_COPY" } else { "WAL_LOG" }
}

/// The template's name. Whoever comes first makes it; it is complete once it has this name.
async fn template(administrator: &Client, place: &Place) -> String {
    let name = format!("chat_test_template_{:016x}", migrations_hash());
    let lock = "SELECT pg_advisory_lock(hashtext('chat test template'))";
    administrator.batch_execute(lock).await.expect("a lock");
    let exists = "SELECT FROM pg_database WHERE datname = $1";
    if administrator.query_opt(exists, &[&name]).await.expect("an answer").is_none() {
        let unfinished = format!("{name}_unfinished");
        let leftover = format!("DROP DATABASE IF EXISTS {unfinished}");
        administrator.batch_execute(&leftover).await.expect("a leftover can be dropped");
        create_empty(administrator, place, &unfinished).await;
        let access = Access::by_url("DATABASE_URL", named(&place.owner, &unfinished));
        let http = Http::new(Trust::new(Some(&place.ca)).expect("certificates"));
        let migrated = migrate::migrate(Some(&access), &http).await;
        migrated.expect("the migrations can be applied");
        let finish = format!("ALTER DATABASE {unfinished} RENAME TO {name}");
        administrator.batch_execute(&finish).await.expect("the template can be finished");
    }
    let unlock = "SELECT pg_advisory_unlock(hashtext('chat test template'))";
    administrator.batch_execute(unlock).await.expect("the lock is ours");
    name
}

/// A database in which the functions' role may use what migrations will create, as in production.
async fn create_empty(administrator: &Client, place: &Place, name: &str) {
    administrator
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .expect("may create databases");
    let client = place.connect(&named(&place.owner, name)).await;
    for statement in ROLES.lines().filter(|line| line.starts_with("ALTER DEFAULT PRIVILEGES")) {
        client.batch_execute(statement).await.expect("an owner may grant");
    }
}

/// The rights on the database itself, as roles.sql gives them; copies do not inherit these.
async fn restrict(administrator: &Client, name: &str) {
    for change in
        ["REVOKE ALL ON DATABASE {} FROM PUBLIC", "GRANT CONNECT ON DATABASE {} TO chat_service"]
    {
        let change = change.replace("{}", name);
        administrator.batch_execute(&change).await.expect("an owner may grant");
    }
}

/// Commits wait for no disk: how long locks are held, which the tests' time limits are about, does not
/// depend on its pace.
async fn forget_in_a_crash(administrator: &Client, name: &str) {
    let change = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    administrator.batch_execute(&change).await.expect("an owner may set this");
}

fn migrations_hash() -> u64 {
    let folder = Path::new(MIGRATIONS);
    let entries = fs::read_dir(folder).expect("there is a folder of migrations");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in
        files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "sql"))
    {
        fs::read(file).expect("a readable migration").hash(&mut hasher);
    }
    hasher.finish()
}

fn url(text: &str) -> Url {
    text.parse().expect("the stack's URLs are URLs")
}

/// The same server, another database.
fn named(url: &Url, database: &str) -> Url {
    let mut url = url.clone();
    url.set_path(database);
    url
}
