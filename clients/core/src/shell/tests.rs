//! The shell, over real sockets, against the simulation's service.

mod server;

use super::{Client, Config, Listener, TokenSource, notification_for};
use crate::{
    core::{Change, Connection, Reply, Wish},
    error::ChatError,
    records::{ConversationView, Role},
    store::{Store, StoreKey},
};
use async_trait::async_trait;
use server::Server;
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(20);

struct Heard(UnboundedSender<Change>);

impl Listener for Heard {
    fn changed(&self, change: Change) {
        let _ = self.0.send(change);
    }

    fn stopped(&self, error: ChatError) {
        panic!("the client stopped: {error}");
    }
}

struct Token;

#[async_trait]
impl TokenSource for Token {
    async fn token(&self, _refused: bool) -> Option<String> {
        Some(server::TOKEN.to_owned())
    }
}

/// An app with a client, and what it hears.
struct App {
    client: Client,
    changes: UnboundedReceiver<Change>,
}

impl App {
    fn open(config: &Config) -> Self {
        let (tell, changes) = unbounded_channel();
        let client = Client::open(config.clone(), Arc::new(Heard(tell))).unwrap();
        Self { client, changes }
    }

    async fn signed_in(config: &Config) -> Self {
        let app = Self::open(config);
        app.client.sign_in(Role::Customer, Arc::new(Token)).await.unwrap();
        app
    }

    /// The conversation, once it is as it should be.
    async fn until(&mut self, is_it: impl Fn(&ConversationView) -> bool) -> ConversationView {
        let wait = async {
            loop {
                if let Some(view) = self.client.conversation(1, 50).unwrap().filter(&is_it) {
                    return view;
                }
                self.changes.recv().await.unwrap();
            }
        };
        timeout(PATIENCE, wait).await.unwrap()
    }

    async fn until_online(&mut self) {
        let online = Change::Connection(Connection::Online);
        let wait = async { while self.changes.recv().await.unwrap() != online {} };
        timeout(PATIENCE, wait).await.unwrap();
    }
}

fn config(server: &Server, folder: &TempDir) -> Config {
    Config {
        http_url: format!("http://{}", server.address()),
        ws_url: format!("ws://{}/", server.address()),
        store: folder.path().join("chat.db"),
        key: StoreKey::new(&[7; 32]).unwrap(),
    }
}

fn contents(view: &ConversationView) -> Vec<&str> {
    view.messages.iter().map(|message| message.content.as_str()).collect()
}

#[tokio::test]
async fn what_is_sent_is_stored_and_what_is_said_is_heard() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::signed_in(&config(&server, &folder)).await;
    app.until_online().await;
    let image = b"\xFF\xD8\xFF\xDA\0\x02 an image\xFF\xD9".to_vec();
    app.client.send(1, "Guten Tag".to_owned(), vec![image.clone()]).await.unwrap();
    app.client.send(1, "Es schmerzt.".to_owned(), vec![]).await.unwrap();
    let view = app.until(|view| view.messages.len() == 2 && view.queue.is_empty()).await;
    assert_eq!(contents(&view), ["Guten Tag", "Es schmerzt."]);
    assert_eq!(view.messages[0].images.len(), 1);
    assert_eq!(server.uploaded(), [image]);
    server.say("Wo?");
    let view = app.until(|view| view.messages.len() == 3).await;
    assert_eq!((view.session.unread_count, view.messages[2].is_mine), (1, false));
    app.client.wish(Wish::ReadUpTo { session: 1, seq: 3 }).await.unwrap();
    let wish = Wish::Correct { session: 1, seq: 2, content: "Es schmerzt links.".to_owned() };
    assert_eq!(app.client.wish(wish).await, Ok(Reply::Done));
    let view = app.until(|view| view.session.unread_count == 0).await;
    assert_eq!(view.messages[1].content, "Es schmerzt links.");
    assert_eq!(app.client.search("links", 5).unwrap()[0].seq, 2);
}

#[tokio::test]
async fn what_was_queued_without_a_service_is_sent_by_the_next_process() {
    let mut server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(&server, &folder);
    server.stop().await;
    let app = App::signed_in(&config).await;
    for text in ["eins", "zwei", "drei"] {
        app.client.send(1, text.to_owned(), vec![]).await.unwrap();
    }
    app.client.close();
    server.resume().await;
    let mut app = App::signed_in(&config).await;
    let view = app.until(|view| view.messages.len() == 3 && view.queue.is_empty()).await;
    assert_eq!(contents(&view), ["eins", "zwei", "drei"]);
}

#[tokio::test]
async fn an_extension_shows_what_the_push_did_not_carry() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(&server, &folder);
    let mut app = App::signed_in(&config).await;
    app.until_online().await;
    server.say("Guten Tag");
    app.until(|view| view.messages.len() == 1).await;
    app.client.close();
    server.say("Wie geht es?");
    let told = notification_for(&config, &Token, 1, 2).await.unwrap();
    assert_eq!(told.message.content, "Wie geht es?");
    assert_eq!(told.sender_name.as_deref(), Some("Dr. Vogt"));
    // The app shows it before it has asked anything.
    let app = App::open(&config);
    let view = app.client.conversation(1, 10).unwrap().unwrap();
    assert_eq!(contents(&view), ["Guten Tag", "Wie geht es?"]);
    let unknown = notification_for(&config, &Token, 1, 99).await;
    assert_eq!(unknown.err().unwrap().code, "message_not_found");
}

#[tokio::test]
async fn whoever_signs_out_leaves_nothing_behind() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let config = config(&server, &folder);
    let mut app = App::signed_in(&config).await;
    server.say("Guten Tag");
    app.until(|view| view.messages.len() == 1).await;
    let wish = Wish::RegisterPhone { subscription: "a-phone".to_owned() };
    app.client.wish(wish).await.unwrap();
    app.client.sign_out().await.unwrap();
    assert_eq!(app.client.sessions(None, 10).err().unwrap().code, "signed_out");
    assert_eq!(app.client.search("Tag", 10).err().unwrap().code, "signed_out");
    assert_eq!(server.unregistered(), 1);
    let late = notification_for(&config, &Token, 1, 1).await;
    assert_eq!(late.err().unwrap().code, "signed_out");
    app.client.close();
    let left = Store::open(&config.store, &config.key).unwrap().load().unwrap();
    assert!(left.sessions.is_empty() && left.account.subject.is_none());
}
