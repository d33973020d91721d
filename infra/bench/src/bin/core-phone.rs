//! A phone's process with the mobile apps' core and nothing else, for `chat-bench core`.
//!
//! `core-phone fill STORE` makes a store as years of use leave one; `core-phone open STORE` opens it to the first
//! screen and prints how long that took and the memory that the process has then; `core-phone stay STORE HTTP_URL
//! WS_URL TOKEN` stays online until its input ends.

use chat_client::{
    Change, ChatError, Connection, Message, Person, Role, SessionState, Status, Store, StoreKey,
    Write,
    shell::{Client, Config, Listener, TokenSource},
};
use serde_json::json;
use std::{
    env,
    error::Error,
    fs, io,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{Sender, channel},
    },
    time::{Duration, Instant},
};

const SESSIONS: i64 = 40;
const MESSAGES: i64 = 250;
/// Some words of which each message has a few, so that the index of words is as large as it gets.
const WORDS: &str = "Zahn Krone Schmerz Termin morgen abends leider links oben kalt Wasser geröntgt Brücke Füllung \
                     drücken schwillt Tablette spülen danke vorsichtig";

/// How long a client may take to end; a process that ends under its threads may end with a signal.
const ENDING: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["fill", store] => fill(&config(store, "", "")?),
        ["open", store] => open(config(store, "http://127.0.0.1:1", "ws://127.0.0.1:1")?),
        ["stay", store, http_url, ws_url, token] => stay(config(store, http_url, ws_url)?, token),
        _ => Err("fill, open or stay".into()),
    }
}

fn config(store: &str, http_url: &str, ws_url: &str) -> Result<Config, ChatError> {
    let (http_url, ws_url) = (http_url.to_owned(), ws_url.to_owned());
    Ok(Config { http_url, ws_url, store: PathBuf::from(store), key: StoreKey::new(&[9; 32])? })
}

fn fill(config: &Config) -> Result<(), Box<dyn Error>> {
    let mut store = Store::open(&config.store, &config.key)?;
    store.commit(&[Write::Role(Role::Customer)])?;
    for session in 1..=SESSIONS {
        let messages = (1..=MESSAGES).map(|seq| Write::Message(Box::new(message(session, seq))));
        let writes: Vec<Write> =
            [Write::Session(Box::new(state(session)))].into_iter().chain(messages).collect();
        store.commit(&writes)?;
    }
    Ok(())
}

fn state(id: i64) -> SessionState {
    let at = format!("2026-03-{:02}T18:50:00.000000Z", 1 + id % 28);
    SessionState {
        id,
        status: Status::Active,
        customer: Person { id: 42, name: Some("Mara Winter".to_owned()) },
        dentist: Person { id, name: Some("Dr. Vogt".to_owned()) },
        created_at: at.clone(),
        updated_at: at.clone(),
        active_at: at.trim_end_matches('Z').to_owned(),
        heard_seq: MESSAGES,
        customer_read_seq: MESSAGES - 2,
        dentist_read_seq: MESSAGES,
        unread_told: 1,
        unread_told_at: MESSAGES,
        first_seq: 1,
        last_seq: MESSAGES,
        has_older: false,
        wanted_mark: 0,
    }
}

fn message(session_id: i64, seq: i64) -> Message {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let numbers = usize::try_from(session_id * 7 + seq * 13).unwrap_or_default();
    let content: Vec<&str> =
        (0..12).map(|word| words[(numbers + word * (1 + numbers % 11)) % words.len()]).collect();
    Message {
        session_id,
        seq,
        sender_type: if seq % 2 == 0 { Role::Dentist } else { Role::Customer },
        content: content.join(" "),
        images: vec![],
        client_message_id: format!("00000000-0000-4000-8000-{session_id:04}{seq:08}"),
        created_at: format!("2026-03-01T{:02}:{:02}:00.000000Z", seq / 60, seq % 60),
        corrected_at: None,
        retracted_at: None,
    }
}

/// From the process's own code to what the user sees first, and the conversation that they tap at.
fn open(config: Config) -> Result<(), Box<dyn Error>> {
    let memory_before = memory()?;
    let start = Instant::now();
    let (told, _heard) = channel();
    let client = Client::open(config, Arc::new(Heard(told)))?;
    let sessions = client.sessions(None, 50)?;
    let screen = start.elapsed();
    let newest = sessions.first().ok_or("a filled store")?.id;
    let conversation = client.conversation(newest, 50)?.ok_or("its conversation")?;
    let conversation_too = start.elapsed();
    assert_eq!((sessions.len(), conversation.messages.len()), (40, 50), "what is shown");
    let told = json!({
        "screen_ms": screen.as_secs_f64() * 1e3,
        "conversation_ms": conversation_too.as_secs_f64() * 1e3,
        "memory_mb": memory()?,
        "memory_before_mb": memory_before,
    });
    println!("{told}");
    client.close_within(ENDING);
    Ok(())
}

fn stay(config: Config, token: &str) -> Result<(), Box<dyn Error>> {
    let waits = tokio::runtime::Builder::new_current_thread().build()?;
    let (told, heard) = channel();
    let client = Client::open(config, Arc::new(Heard(told)))?;
    waits.block_on(client.sign_in(Role::Customer, Arc::new(Token(token.to_owned()))))?;
    let is_online = |change: &Change| *change == Change::Connection(Connection::Online);
    heard.iter().find(is_online).ok_or("it ended before it was online")?;
    waits.block_on(client.wish(chat_client::Wish::CatchUp))?;
    let held = client.conversation(1, 50)?.ok_or("what was filled")?;
    assert_eq!(held.messages.len(), 50, "what was filled");
    println!("online");
    // Until the one who started it lets go.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    client.close_within(ENDING);
    Ok(())
}

/// Resident memory, in MB.
fn memory() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

struct Heard(Sender<Change>);

impl Listener for Heard {
    fn changed(&self, change: Change) {
        // Nobody may be waiting for it.
        let _ = self.0.send(change);
    }

    fn stopped(&self, error: ChatError) {
        eprintln!("the client stopped: {error}");
    }
}

struct Token(String);

#[async_trait::async_trait]
impl TokenSource for Token {
    async fn token(&self, _refused: bool) -> Option<String> {
        Some(self.0.clone())
    }
}
