//! `chat-phone`: an app on the clients' core, for the fault bench to kill. It is told who it is in the
//! first line of its input, says what it is about to say and what it was told is queued, and goes on
//! until it is told to drain.

use async_trait::async_trait;
use chat_client::{
    Change, ChatError, ConversationView, Role, StoreKey, Wish,
    shell::{Client, Config, Listener, TokenSource},
};
use chat_faults::phones::script::{self, Line, Seen, Setup};
use rand::random_range;
use std::{
    error::Error,
    io::{BufRead as _, Write as _, stdin, stdout},
    sync::Arc,
    thread,
    time::Duration,
};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, unbounded_channel},
    },
    time::{sleep, timeout},
};

/// Nobody says more while so many are on their way.
const MOST_QUEUED: usize = 25;
/// More than any session of the bench has.
const ALL: usize = 1_000_000;

struct App(Arc<Notify>);

impl Listener for App {
    fn changed(&self, _change: Change) {
        self.0.notify_one();
    }

    fn stopped(&self, error: ChatError) {
        eprintln!("chat-phone: stopped: {error}");
    }
}

struct Token(String);

#[async_trait]
impl TokenSource for Token {
    async fn token(&self, _refused: bool) -> Option<String> {
        Some(self.0.clone())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    let setup: Setup = serde_json::from_str(&line)?;
    let mut told = listen();
    let changed = Arc::new(Notify::new());
    let client = open(&setup, Arc::clone(&changed)).await?;
    let drains = speak(&client, &setup, &mut told).await?;
    if !drains {
        return Ok(());
    }
    loop {
        // A session that is not known yet has a queue all the same.
        let queued = view(&client, setup.session)?.map_or(usize::MAX, |view| view.queue.len());
        say(&Line::Queued(queued))?;
        if queued == 0 {
            break;
        }
        // Also looks by itself, now and then.
        let _ = timeout(Duration::from_secs(1), changed.notified()).await;
    }
    while let Some(what) = told.recv().await {
        if what == script::VIEW {
            say(&Line::View(show(&client, setup.session).await?))?;
        }
    }
    Ok(())
}

/// Reads what it is told, beside everything else.
fn listen() -> UnboundedReceiver<String> {
    let (tell, told) = unbounded_channel();
    thread::spawn(move || {
        for line in stdin().lock().lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    told
}

async fn open(setup: &Setup, changed: Arc<Notify>) -> Result<Client, ChatError> {
    let config = Config {
        http_url: setup.http_url.clone(),
        ws_url: setup.ws_url.clone(),
        store: setup.store.clone(),
        key: StoreKey::new(&setup.key)?,
    };
    let client = Client::open(config, Arc::new(App(changed)))?;
    client.sign_in(Role::Customer, Arc::new(Token(setup.token.clone()))).await?;
    Ok(client)
}

/// Says numbers until it is told to drain; false when its input ends instead.
async fn speak(
    client: &Client,
    setup: &Setup,
    told: &mut UnboundedReceiver<String>,
) -> Result<bool, Box<dyn Error>> {
    let mut number = setup.first;
    loop {
        tokio::select! {
            what = told.recv() => return Ok(what.is_some()),
            () = sleep(Duration::from_millis(random_range(0..150))) => {}
        }
        let queued = view(client, setup.session)?.map_or(0, |view| view.queue.len());
        if queued >= MOST_QUEUED {
            continue;
        }
        say(&Line::Saying(number))?;
        let images = vec![script::image(); script::images(number)];
        client.send(setup.session, script::text(&setup.device, number), images).await?;
        say(&Line::Said(number))?;
        number += 1;
        if number.is_multiple_of(6)
            && let Some(view) = view(client, setup.session)?
            && let Some(last) = view.messages.last()
        {
            client.wish(Wish::ReadUpTo { session: setup.session, seq: last.seq }).await?;
        }
    }
}

fn view(client: &Client, session: i64) -> Result<Option<ConversationView>, ChatError> {
    client.conversation(session, 1)
}

/// Everything that is shown of the session, once it is here.
async fn show(client: &Client, session: i64) -> Result<Vec<Seen>, ChatError> {
    while view(client, session)?.is_some_and(|view| view.has_older) {
        let all = client.conversation(session, ALL)?;
        if all.is_some_and(|all| !all.has_older) {
            break;
        }
        client.wish(Wish::LoadOlder { session }).await?;
    }
    let view = client.conversation(session, ALL)?;
    let messages = view.into_iter().flat_map(|view| view.messages);
    Ok(messages
        .map(|message| Seen {
            seq: message.seq,
            content: message.content,
            images: message.images.len(),
            is_read: message.is_read,
        })
        .collect())
}

fn say(line: &Line) -> Result<(), Box<dyn Error>> {
    let mut out = stdout().lock();
    writeln!(out, "{}", serde_json::to_string(line)?)?;
    Ok(out.flush()?)
}
