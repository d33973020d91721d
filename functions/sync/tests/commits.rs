//! Nothing is skipped, whatever commits when.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat_testing::{Chat, Person, new_id, with_chat};
use futures_util::future::{join, join_all};
use rand::random_range;
use serde_json::Value;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio_postgres::{
    Client, Statement,
    types::{ToSql, Type},
};
use uuid::Uuid;

const APPEND: &str = include_str!("../../../shared/src/store/messages/append.sql");
const MARK_READ: &str = include_str!("../../../shared/src/store/messages/mark_read.sql");
/// As a correction does.
const CORRECT: &str = "WITH locked AS MATERIALIZED (SELECT id FROM chat_sessions WHERE id = $1 FOR UPDATE),
    changed AS (
        UPDATE chat_messages SET content = $3, changed_in = greatest(changed_in, pg_current_xact_id())
        FROM locked WHERE session_id = locked.id AND seq = $2)
    UPDATE chat_sessions s SET changed_in = greatest(changed_in, pg_current_xact_id())
    FROM locked WHERE s.id = locked.id";

const WRITERS: usize = 8;
const ACTS: usize = 60;
const SESSIONS: usize = 9;

/// Someone with a connection of their own, who does things and holds their commits back.
struct Writer {
    client: Client,
    append: Statement,
    mark_read: Statement,
}

impl Writer {
    async fn of(chat: &Chat) -> Self {
        let client = chat.database.service().await;
        let (text, int, float) = (Type::TEXT, Type::INT8, Type::FLOAT8);
        let append = [
            int.clone(),
            text.clone(),
            int.clone(),
            Type::UUID,
            text.clone(),
            Type::TEXT_ARRAY,
            int.clone(),
            float.clone(),
            float.clone(),
            float.clone(),
            text.clone(),
            int.clone(),
            int.clone(),
        ];
        let mark_read = [int.clone(), text.clone(), int.clone(), int.clone(), float, int, text];
        Self {
            append: client.prepare_typed(APPEND, &append).await.unwrap(),
            mark_read: client.prepare_typed(MARK_READ, &mark_read).await.unwrap(),
            client,
        }
    }

    /// Commits one act after a while, at times one that waited for somebody else's.
    async fn act(&self, dentist: i64, customer: i64, session: i64) {
        self.client.batch_execute("BEGIN").await.unwrap();
        if random_range(0..2) == 0 {
            // A transaction's number may be much older than its change.
            self.client.batch_execute("SELECT pg_current_xact_id()").await.unwrap();
            pause().await;
        }
        match random_range(0..5) {
            0 | 1 => self.say("customer", customer, session).await,
            2 => self.say("dentist", dentist, session).await,
            3 => self.mark_read(dentist, session).await,
            _ => self.correct(session).await,
        }
        pause().await;
        // Some think better of it.
        let end = if random_range(0..8) == 0 { "ROLLBACK" } else { "COMMIT" };
        self.client.batch_execute(end).await.unwrap();
    }

    async fn say(&self, role: &str, id: i64, session: i64) {
        let (uuid, words, images) =
            (new_id().parse::<Uuid>().unwrap(), new_id(), Vec::<String>::new());
        let (burst, window, lease, within, connection) = (0_i64, 10.0, 60.0, 60.0, None::<String>);
        let (read, at_once) = (None::<i64>, 1_000_i64);
        let parameters: [&(dyn ToSql + Sync); 13] = [
            &session,
            &role,
            &id,
            &uuid,
            &words,
            &images,
            &burst,
            &window,
            &lease,
            &within,
            &connection,
            &read,
            &at_once,
        ];
        let rows = self.client.query(&self.append, &parameters);
        assert_eq!(rows.await.unwrap()[0].get::<_, &str>("verdict"), "stored");
    }

    async fn mark_read(&self, dentist: i64, session: i64) {
        let last = "SELECT last_seq FROM chat_sessions WHERE id = $1";
        let last: i64 = self.client.query_one(last, &[&session]).await.unwrap().get(0);
        let (role, lease, at_once, connection) = ("dentist", 60.0, 1_000_i64, None::<String>);
        let mark = random_range(0..=last);
        let parameters: [&(dyn ToSql + Sync); 7] =
            [&session, &role, &dentist, &mark, &lease, &at_once, &connection];
        self.client.query(&self.mark_read, &parameters).await.unwrap();
    }

    async fn correct(&self, session: i64) {
        let last = "SELECT last_seq FROM chat_sessions WHERE id = $1";
        let last: i64 = self.client.query_one(last, &[&session]).await.unwrap().get(0);
        let (seq, words) = (random_range(0..=last), new_id());
        self.client.execute(CORRECT, &[&session, &seq, &words]).await.unwrap();
    }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(random_range(0..12))).await;
}

/// What a client holds.
#[derive(Default)]
struct Held {
    cursor: Option<String>,
    sessions: BTreeMap<i64, (Value, BTreeMap<i64, String>)>,
    truncated: BTreeSet<i64>,
}

impl Held {
    /// One catch-up, page by page; how many pages it had.
    async fn catch_up(&mut self, chat: &Chat, person: &Person) -> usize {
        let mut pages = 1;
        while self.turn_page(chat, person, "2").await {
            pages += 1;
        }
        pages
    }

    /// One page; whether there is another.
    async fn turn_page(&mut self, chat: &Chat, person: &Person, limit: &str) -> bool {
        let since = self.cursor.as_deref().map(|cursor| ("since", cursor));
        let query: Vec<_> = since.into_iter().chain([("limit", limit)]).collect();
        let page = chat.sync(person, &query).await.expect(200).clone();
        for change in page["changes"].as_array().unwrap() {
            self.take(change);
        }
        self.cursor = page["next"].as_str().map(str::to_owned);
        page["has_more"] == true
    }

    fn take(&mut self, change: &Value) {
        let id = change["session"]["id"].as_i64().unwrap();
        let (session, messages) = self.sessions.entry(id).or_default();
        *session = change["session"].clone();
        if change["truncated"] == true {
            self.truncated.insert(id);
            messages.clear();
        }
        // A change of a message before those that are held says nothing about those between.
        let first = messages.keys().next().copied().filter(|_| self.truncated.contains(&id));
        for message in change["messages"].as_array().unwrap() {
            let seq = message["seq"].as_i64().unwrap();
            if first.is_none_or(|first| first <= seq) {
                messages.insert(seq, message["content"].as_str().unwrap().to_owned());
            }
        }
    }

    /// What is held is what a fresh fetch shows.
    async fn compare(&self, chat: &Chat, person: &Person, session: i64) {
        let (held, messages) = &self.sessions[&session];
        assert_eq!(held, &chat.get(person, session).await.body);
        let last = held["last_seq"].as_i64().unwrap();
        let first = messages.keys().next().copied().unwrap_or(last + 1);
        assert!(first == 1 || self.truncated.contains(&session), "{session} begins with {first}");
        let (mut fresh, mut after) = (BTreeMap::new(), first - 1);
        while after < last {
            let page = chat.list(person, session, &[("after", after), ("limit", 100)]).await.body;
            for message in page["messages"].as_array().unwrap() {
                after = message["seq"].as_i64().unwrap();
                fresh.insert(after, message["content"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(messages, &fresh, "session {session}");
    }
}

#[test]
fn eight_writers_who_hold_their_commits_back_are_caught_up_with_exactly() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        let mut sessions = Vec::new();
        for _ in 0..SESSIONS {
            let customer = chat.customer().await;
            sessions.push((customer.id, chat.session(&customer, &dentist).await));
        }
        let writers = join_all((0..WRITERS).map(|_| Writer::of(chat))).await;
        let writing = Cell::new(true);
        let write = async {
            join_all(writers.iter().map(async |writer| {
                for _ in 0..ACTS {
                    let (customer, session) = sessions[random_range(0..SESSIONS)];
                    writer.act(dentist.id, customer, session).await;
                }
            }))
            .await;
            writing.set(false);
        };
        let mut held = Held::default();
        let read = async {
            let mut most_pages = 0;
            while writing.get() {
                most_pages = most_pages.max(held.catch_up(chat, &dentist).await);
            }
            most_pages
        };
        let ((), most_pages) = join(write, read).await;
        assert!(most_pages > 1, "the reader had pages to turn");
        held.catch_up(chat, &dentist).await;
        for (_, session) in &sessions {
            held.compare(chat, &dentist, *session).await;
        }
    });
}

#[test]
fn an_open_transaction_holds_nothing_back_and_no_catch_up_is_endless() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let other = chat.session(&customer, &chat.dentist().await).await;
        let mut held = Held::default();
        held.catch_up(chat, &customer).await;
        let slow = Writer::of(chat).await;
        slow.client.batch_execute("BEGIN").await.unwrap();
        slow.say("customer", customer.id, other).await;
        for text in ["one", "two", "three"] {
            chat.say(&dentist, session, text).await;
            assert!(held.catch_up(chat, &customer).await <= 2);
            held.compare(chat, &customer, session).await;
        }
        slow.client.batch_execute("COMMIT").await.unwrap();
        held.catch_up(chat, &customer).await;
        held.compare(chat, &customer, other).await;
    });
}

#[test]
fn a_change_of_an_old_transaction_is_not_put_behind_a_page_that_was_read() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        let (customer, other) = (chat.customer().await, chat.customer().await);
        let session = chat.session(&customer, &dentist).await;
        let elsewhere = chat.session(&other, &dentist).await;
        let mut held = Held::default();
        while held.catch_up(chat, &dentist).await > 1 {}
        chat.say(&customer, session, "one").await;
        let old = Writer::of(chat).await;
        old.client.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
        chat.say(&other, elsewhere, "hello").await;
        chat.say(&customer, session, "two").await;
        // What changed elsewhere, and is left: what changed in the session.
        assert!(held.turn_page(chat, &dentist, "1").await);
        assert_eq!(held.sessions[&session].1.len(), 0);
        old.say("customer", customer.id, session).await;
        old.client.batch_execute("COMMIT").await.unwrap();
        held.catch_up(chat, &dentist).await;
        held.catch_up(chat, &dentist).await;
        held.compare(chat, &dentist, session).await;
    });
}
