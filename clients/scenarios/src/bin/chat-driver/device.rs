//! A device: a client, and what its app has heard.

use async_trait::async_trait;
use chat_client::{
    Change, ChatError, Connection, Role, StoreKey,
    shell::{Client, Config, Listener, TokenSource, notification_for},
};
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

#[derive(Default)]
pub struct Heard {
    pub is_online: AtomicBool,
    pub is_typing: AtomicBool,
}

impl Listener for Heard {
    fn changed(&self, change: Change) {
        match change {
            Change::Connection(state) => {
                self.is_online.store(state == Connection::Online, Ordering::Relaxed);
            }
            Change::Typing(_, typing) => self.is_typing.store(typing, Ordering::Relaxed),
            _ => {}
        }
    }

    fn stopped(&self, error: ChatError) {
        eprintln!("the client stopped: {error}");
    }
}

struct Token(String);

#[async_trait]
impl TokenSource for Token {
    async fn token(&self, _refused: bool) -> Option<String> {
        Some(self.0.clone())
    }
}

pub struct Device {
    pub client: Client,
    pub heard: Arc<Heard>,
    config: Config,
    token: Arc<Token>,
}

impl Device {
    /// Opens one from the driver's words, and signs in.
    pub async fn open(words: &[&str]) -> Result<Self, Box<dyn Error>> {
        let [http_url, ws_url, store, role, token] = words else { return Err("five words".into()) };
        let config = Config {
            http_url: (*http_url).to_owned(),
            ws_url: (*ws_url).to_owned(),
            store: store.into(),
            key: StoreKey::new(&[9; 32])?,
        };
        let heard = Arc::new(Heard::default());
        let client = Client::open(config.clone(), Arc::clone(&heard) as Arc<dyn Listener>)?;
        let token = Arc::new(Token((*token).to_owned()));
        let role = Role::parse(role).ok_or("a role")?;
        client.sign_in(role, Arc::clone(&token) as Arc<dyn TokenSource>).await?;
        Ok(Self { client, heard, config, token })
    }

    /// What a notification says.
    pub async fn notification(&self, session: i64, seq: i64) -> Result<String, ChatError> {
        let told = notification_for(&self.config, &*self.token, session, seq).await?;
        Ok(told.message.content)
    }
}
