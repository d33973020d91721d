//! A phone: a client with a store of its own, somebody's tokens, and what its app has heard.

use async_trait::async_trait;
use chat_client::{
    Change, ChatError, Connection, ConversationView, Reply, StoreKey, Wish,
    shell::{Client, Config, Listener, TokenSource},
};
use chat_e2e::{Endpoints, Network, Person, SOON, eventually};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tempfile::TempDir;

/// Hears, and remembers the last state of the connection.
#[derive(Default)]
pub struct Heard {
    connection: Mutex<Option<Connection>>,
    pub typing: Mutex<Option<bool>>,
}

impl Listener for Heard {
    fn changed(&self, change: Change) {
        match change {
            Change::Connection(state) => *self.connection.lock().unwrap() = Some(state),
            Change::Typing(_, typing) => *self.typing.lock().unwrap() = Some(typing),
            _ => {}
        }
    }

    fn stopped(&self, error: ChatError) {
        panic!("the client stopped: {error}");
    }
}

/// Gives a person's token, and counts how often it was asked.
pub struct Tokens {
    person: Person,
    pub asked: AtomicUsize,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, refused: bool) -> Option<String> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if refused {
            return Some(self.person.stack.token(&self.person.token_request()).await);
        }
        Some(self.person.token.clone())
    }
}

pub struct Phone {
    pub client: Client,
    pub config: Config,
    pub heard: Arc<Heard>,
    pub tokens: Arc<Tokens>,
    pub folder: Arc<TempDir>,
}

impl Phone {
    /// A new phone of someone who signs in, with a way to the service.
    pub async fn new(person: &Person, http_url: String, ws_url: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("chat.db");
        let config = Config { http_url, ws_url, store, key: StoreKey::new(&[9; 32]).unwrap() };
        Self::open(person, config, Arc::new(folder)).await
    }

    /// The same without anything on the way.
    pub async fn of(person: &Person) -> Self {
        let Endpoints { http_api, ws_api, .. } = person.stack.endpoints().clone();
        Self::new(person, http_api, ws_api).await
    }

    async fn open(person: &Person, config: Config, folder: Arc<TempDir>) -> Self {
        let heard = Arc::new(Heard::default());
        let client = Client::open(config.clone(), Arc::clone(&heard) as Arc<dyn Listener>).unwrap();
        let tokens = Arc::new(Tokens { person: person.clone(), asked: AtomicUsize::new(0) });
        let role = chat_client::Role::parse(person.role.as_str()).unwrap();
        client.sign_in(role, Arc::clone(&tokens) as Arc<dyn TokenSource>).await.unwrap();
        Self { client, config, heard, tokens, folder }
    }

    /// The process ends without a word, and another one begins.
    pub async fn restarted(self, person: &Person) -> Self {
        let Self { client, config, folder, .. } = self;
        client.close();
        Self::open(person, config, folder).await
    }

    pub async fn is_online(&self) {
        let look = async || {
            (*self.heard.connection.lock().unwrap() == Some(Connection::Online)).then_some(())
        };
        eventually("an open WebSocket", SOON, look).await;
    }

    pub async fn is_not_online(&self) {
        let look = async || {
            (*self.heard.connection.lock().unwrap() != Some(Connection::Online)).then_some(())
        };
        eventually("a WebSocket that is not believed in", SOON, look).await;
    }

    /// The conversation, once it is as it should be.
    pub async fn sees(
        &self,
        what: &str,
        session: i64,
        is_it: impl Fn(&ConversationView) -> bool,
    ) -> ConversationView {
        let look = async || {
            let view = self.client.conversation(session, 100).unwrap();
            view.filter(|view| is_it(view))
        };
        eventually(what, SOON, look).await
    }

    /// Waits until these are the last texts of a conversation, and nothing is queued.
    pub async fn shows(&self, session: i64, texts: &[&str]) -> ConversationView {
        let what = format!("{texts:?} in session {session}");
        self.sees(&what, session, |view| view.queue.is_empty() && ends_with(view, texts)).await
    }

    pub async fn say(&self, session: i64, text: &str) -> i64 {
        self.client.send(session, text.to_owned(), vec![]).await.unwrap()
    }

    pub async fn wish(&self, wish: Wish) -> Result<Reply, ChatError> {
        self.client.wish(wish).await
    }

    /// A session with someone.
    pub async fn session_with(&self, other: &Person) -> i64 {
        match self.wish(Wish::CreateSession { other: other.id }).await {
            Ok(Reply::Session(session)) => session,
            other => panic!("no session: {other:?}"),
        }
    }
}

/// A phone with a network of its own, for each of both APIs.
pub async fn phone_with_network(person: &Person) -> (Phone, Network, Network) {
    let endpoints = person.stack.endpoints();
    let (http, ws) = (Network::to(&endpoints.http_api).await, Network::to(&endpoints.ws_api).await);
    let phone = Phone::new(person, http.url().to_owned(), ws.url().to_owned()).await;
    (phone, http, ws)
}

pub fn texts(view: &ConversationView) -> Vec<&str> {
    view.messages.iter().map(|message| message.content.as_str()).collect()
}

fn ends_with(view: &ConversationView, expected: &[&str]) -> bool {
    texts(view).ends_with(expected)
}
