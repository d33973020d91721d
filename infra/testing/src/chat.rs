//! The chat of one test.

use crate::{Database, Endpoints, Environment, Gateway, Identity, People, Person};
use futures_util::FutureExt as _;
use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseResult, TestRunner},
};
use std::{
    collections::BTreeMap,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};
use tokio::runtime::{Builder, Runtime};
use tracing::Level;

/// A chat that no other test sees: a database of its own, people of its own, and one environment
/// of the functions, whose verbs it has.
pub struct Chat {
    /// Its database.
    pub database: Database,
    /// The people in Jarvis.
    pub people: People,
    /// Where frames are posted.
    pub gateway: Gateway,
    /// Where tokens come from.
    pub identity: Identity,
    /// Where everything is.
    pub endpoints: Endpoints,
    environment: Environment,
}

/// Runs a test with a chat of its own. Everything is removed afterwards, also when it panics.
pub fn with_chat(test: impl AsyncFnOnce(&Chat)) {
    let threads = runtime();
    let chat = threads.block_on(Chat::start());
    let outcome = threads.block_on(AssertUnwindSafe(test(&chat)).catch_unwind());
    let removed = threads.block_on(chat.remove());
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
    removed.expect("the test's database can be dropped");
}

/// What an operator would read of a failure stands in the output of the test that fails.
fn show_causes() {
    let lines = tracing_subscriber::fmt().with_max_level(Level::WARN).with_test_writer();
    lines.try_init().ok();
}

/// Checks a property against many values, with one chat for all of them. What `prepare` makes of
/// the chat is handed to every check.
pub fn check_property<P, S: Strategy>(
    cases: u32,
    prepare: impl AsyncFnOnce(&Chat) -> P,
    values: &S,
    property: &impl AsyncFn(&Chat, &P, S::Value) -> TestCaseResult,
) {
    let threads = runtime();
    let chat = threads.block_on(Chat::start());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let prepared = threads.block_on(prepare(&chat));
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(values, |value| threads.block_on(property(&chat, &prepared, value)))
    }));
    let removed = threads.block_on(chat.remove());
    let checked = outcome.unwrap_or_else(|panic| resume_unwind(panic));
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    removed.expect("the test's database can be dropped");
}

impl Chat {
    async fn start() -> Self {
        show_causes();
        let endpoints = Endpoints::shared().unwrap_or_else(|error| panic!("{error}"));
        let database = Database::create(&endpoints).await;
        let gateway = Gateway::start().await;
        let environment = Environment::new(&variables(&endpoints, &database, &gateway));
        Self {
            people: People::new(&endpoints),
            identity: Identity::new(&endpoints.identity),
            database,
            gateway,
            endpoints,
            environment,
        }
    }

    async fn remove(self) -> Result<(), tokio_postgres::Error> {
        drop(self.environment);
        self.people.remove_all().await;
        self.database.remove().await
    }

    /// Another environment, as Lambda starts one for each request that is in flight.
    #[must_use]
    pub fn environment(&self) -> Environment {
        self.environment_with(&[])
    }

    /// Another environment, with some variables set otherwise.
    #[must_use]
    pub fn environment_with(&self, changes: &[(&'static str, &str)]) -> Environment {
        let mut variables = variables(&self.endpoints, &self.database, &self.gateway);
        variables.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Environment::new(&variables)
    }

    /// Several, connected and ready, with some variables set otherwise.
    pub async fn environments(
        &self,
        count: usize,
        changes: &[(&'static str, &str)],
    ) -> Vec<Environment> {
        let environments: Vec<_> = (0..count).map(|_| self.environment_with(changes)).collect();
        for environment in &environments {
            environment.warm().await;
        }
        environments
    }

    /// A new customer.
    pub async fn customer(&self) -> Person {
        self.people.customer().await
    }

    /// A new dentist.
    pub async fn dentist(&self) -> Person {
        self.people.dentist().await
    }

    /// A new customer and a new dentist, and their session.
    pub async fn conversation(&self) -> (Person, Person, i64) {
        let (customer, dentist) = (self.customer().await, self.dentist().await);
        let session = self.session(&customer, &dentist).await;
        (customer, dentist, session)
    }

    /// Changes a connection, as `what` sets it.
    pub async fn set_connection(&self, connection: &str, what: &str) {
        let sql = format!("UPDATE websocket_connections SET {what} WHERE connection_id = $1");
        self.database.rows(&sql, &[&connection]).await;
    }

    /// Waits until no transaction is open that was so at the last change: until then answers of `sync` may
    /// repeat. The server is shared with other tests.
    pub async fn quiet(&self) {
        let unsettled = "SELECT count(*) FROM chat_sessions
             WHERE changed_in >= pg_snapshot_xmin(pg_current_snapshot())";
        while self.database.number(unsettled, &[]).await > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Archives a session.
    pub async fn archive(&self, session: i64) {
        let sql = "UPDATE chat_sessions SET status = 'archived',
                changed_in = greatest(changed_in, pg_current_xact_id())
            WHERE id = $1";
        self.database.rows(sql, &[&session]).await;
    }

    /// Fills a new session with this many messages, from both sides in turn.
    pub async fn fill(&self, session: i64, count: i64) {
        let messages = "INSERT INTO chat_messages
                (session_id, seq, sender_type, sender_id, client_message_id, content)
            SELECT s.id, seq, CASE seq % 2 WHEN 1 THEN 'customer' ELSE 'dentist' END::chat_participant,
                CASE seq % 2 WHEN 1 THEN s.customer_id ELSE s.dentist_id END, gen_random_uuid(),
                'message ' || seq
            FROM chat_sessions s, generate_series(1, $2::bigint) seq WHERE s.id = $1";
        self.database.rows(messages, &[&session, &count]).await;
        let totals = "UPDATE chat_sessions SET last_seq = $2::bigint,
                changed_in = greatest(changed_in, pg_current_xact_id()),
                customer_unread_count = $2 / 2, dentist_unread_count = ($2 + 1) / 2
            WHERE id = $1";
        self.database.rows(totals, &[&session, &count]).await;
    }
}

/// A chat's verbs are those of its first environment.
impl Deref for Chat {
    type Target = Environment;

    fn deref(&self) -> &Environment {
        &self.environment
    }
}

fn variables(
    endpoints: &Endpoints,
    database: &Database,
    gateway: &Gateway,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("DATABASE_URL", database.service_url.to_string()),
        ("JARVIS_URL", endpoints.jarvis_url.clone()),
        ("CA_BUNDLE", endpoints.ca.display().to_string()),
        ("IMAGE_BUCKET", "chat-images".to_owned()),
        ("RECORDS_BUCKET", "chat-records".to_owned()),
        ("WEBSOCKET_ENDPOINT", gateway.url().to_owned()),
        ("IDENTITY_ISSUER", endpoints.identity.clone()),
        ("IDENTITY_AUDIENCES", "another-app, chat-local".to_owned()),
        ("ONESIGNAL_URL", endpoints.onesignal.clone()),
        ("ONESIGNAL_APP_ID", "app".to_owned()),
        ("ONESIGNAL_API_KEY", "key".to_owned()),
    ])
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}
