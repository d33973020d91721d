//! The loop: lines in, changes out.

use crate::{
    command::{self, Command, HELP},
    network::Switch,
    person::{self, Person, Tokens},
    screen::{self, Screen},
};
use chat_client::{
    AccountState, Change, ChatError, Connection, ConversationView, Reply, Wish,
    shell::{Client, Config, Listener},
};
use chat_endpoints::Endpoints;
use std::{error::Error, fs, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, stdin},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// How many messages are shown of a session.
const SHOWN: usize = 30;

struct Changes(UnboundedSender<Change>);

impl Listener for Changes {
    fn changed(&self, change: Change) {
        // Nobody looks any more when the terminal has ended.
        let _ = self.0.send(change);
    }

    fn stopped(&self, error: ChatError) {
        println!("  stopped: {error}");
    }
}

struct Terminal {
    client: Client,
    switch: Switch,
    screen: Screen,
    /// The session that is shown.
    open: Option<i64>,
    shown: usize,
}

/// Chats until the input ends.
pub async fn run(person: Person, endpoints: &Endpoints) -> Result<(), Box<dyn Error>> {
    let (mut terminal, mut changes) = begin(person, endpoints).await?;
    let mut lines = BufReader::new(stdin()).lines();
    loop {
        tokio::select! {
            line = lines.next_line() => {
                let Some(line) = line? else { return Ok(()) };
                match command::parse(&line) {
                    Some(Command::Quit) => return Ok(()),
                    Some(command) => {
                        if let Err(error) = terminal.obey(command).await {
                            println!("  {error}");
                        }
                    }
                    None => {}
                }
            }
            Some(change) = changes.recv() => terminal.show(&change).await?,
        }
    }
}

async fn begin(
    person: Person,
    endpoints: &Endpoints,
) -> Result<(Terminal, UnboundedReceiver<Change>), Box<dyn Error>> {
    let folder = endpoints.folder().join("phones");
    fs::create_dir_all(&folder)?;
    let switch = Switch::new();
    let config = Config {
        http_url: switch.way_to(&endpoints.http_api).await?,
        ws_url: switch.way_to(&endpoints.ws_api).await?,
        store: folder.join(format!("{}.db", person.name)),
        key: person::key(&folder.join(format!("{}.key", person.name)))?,
    };
    let (tell, changes) = unbounded_channel();
    let client = Client::open(config, Arc::new(Changes(tell)))?;
    let role = person.role;
    println!("{}\n{HELP}", person.name);
    // Fails only when someone in this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build()?;
    let tokens = Tokens { person, identity: endpoints.identity.clone(), http };
    client.sign_in(role, Arc::new(tokens)).await?;
    let open = client.sessions(None, 1)?.first().map(|session| session.id);
    let mut terminal = Terminal { client, switch, screen: Screen::default(), open, shown: SHOWN };
    terminal.show_conversation().await?;
    Ok((terminal, changes))
}

impl Terminal {
    async fn show(&mut self, change: &Change) -> Result<(), ChatError> {
        match change {
            Change::Conversation(session) if self.open == Some(*session) => {
                self.show_conversation().await?;
            }
            Change::Conversation(session) if self.open.is_none() => {
                self.open = Some(*session);
                self.show_conversation().await?;
            }
            Change::Connection(Connection::Online) => println!("  (online)"),
            Change::Connection(Connection::Offline) => println!("  (offline)"),
            Change::Typing(session, true) if self.open == Some(*session) => {
                println!("  (writing …)");
            }
            Change::Account(AccountState::TokenRefused) => println!("  (no token)"),
            _ => {}
        }
        Ok(())
    }

    async fn show_conversation(&mut self) -> Result<(), ChatError> {
        let Some(session) = self.open else { return Ok(()) };
        let Some(view) = self.client.conversation(session, self.shown)? else { return Ok(()) };
        for line in self.screen.news(screen::conversation(&view)) {
            println!("{line}");
        }
        if let Some(last) = view.messages.last().filter(|_| view.session.unread_count > 0) {
            let seq = last.seq;
            self.client.wish(Wish::ReadUpTo { session, seq }).await?;
        }
        Ok(())
    }

    async fn obey(&mut self, command: Command<'_>) -> Result<(), Box<dyn Error>> {
        match command {
            Command::List => self.list()?,
            Command::Open(session) => self.open(session).await?,
            Command::New(other) => {
                if let Reply::Session(session) =
                    self.client.wish(Wish::CreateSession { other }).await?
                {
                    self.open(session).await?;
                }
            }
            Command::Search(words) => {
                for hit in self.client.search(words, 20)? {
                    println!("  /open {} {:>3}: {}", hit.session_id, hit.seq, hit.content);
                }
            }
            Command::Network(is_on) => {
                self.switch.turn(is_on);
                self.client.set_network(is_on);
            }
            Command::SignOut => {
                self.client.sign_out().await?;
                println!("  signed out; nothing is left");
            }
            Command::Help | Command::Quit => println!("{HELP}"),
            other => self.obey_in_session(other).await?,
        }
        Ok(())
    }

    async fn obey_in_session(&mut self, command: Command<'_>) -> Result<(), Box<dyn Error>> {
        let Some(session) = self.open else {
            println!("  no session is open; /list and /new 1");
            return Ok(());
        };
        match command {
            Command::Say(text) => {
                self.client.send(session, text.to_owned(), vec![]).await?;
            }
            Command::Image(file, text) => {
                let image = fs::read(file)?;
                self.client.send(session, text.to_owned(), vec![image]).await?;
            }
            Command::Correct(seq, text) => {
                let content = text.to_owned();
                self.client.wish(Wish::Correct { session, seq, content }).await?;
            }
            Command::Retract(seq) => {
                self.client.wish(Wish::Retract { session, seq }).await?;
            }
            Command::Retry => {
                if let Some(entry) = self.first_entry(session)? {
                    self.client.wish(Wish::Retry { entry }).await?;
                }
            }
            Command::Discard => {
                if let Some(entry) = self.first_entry(session)? {
                    self.client.wish(Wish::Discard { entry }).await?;
                }
            }
            _ => {
                self.client.wish(Wish::LoadOlder { session }).await?;
                self.shown += SHOWN;
                self.screen.clear();
                self.show_conversation().await?;
            }
        }
        Ok(())
    }

    fn first_entry(&self, session: i64) -> Result<Option<i64>, ChatError> {
        let view: Option<ConversationView> = self.client.conversation(session, 1)?;
        Ok(view.and_then(|view| view.queue.first().map(|entry| entry.id)))
    }

    fn list(&self) -> Result<(), ChatError> {
        for line in screen::sessions(&self.client.sessions(None, 50)?) {
            println!("{line}");
        }
        Ok(())
    }

    async fn open(&mut self, session: i64) -> Result<(), ChatError> {
        self.open = Some(session);
        self.shown = SHOWN;
        self.screen.clear();
        self.show_conversation().await
    }
}
