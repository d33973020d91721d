//! A phone's process, and what the bench knows of it.

use super::script::{self, Line, Seen, Setup};
use chat_e2e::{Person, new_id};
use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// How long a phone may take to send one of those that it holds, or to show what it should.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a phone has said over all its lives.
#[derive(Debug)]
pub struct Record {
    /// Which device it is.
    pub device: &'static str,
    /// The numbers of which its user was told that they are queued.
    pub said: Vec<u64>,
    /// The numbers that were being queued when it died.
    pub doubtful: Vec<u64>,
    /// Files in which a message's words were found.
    pub leaks: Vec<String>,
    /// Files that were searched.
    pub files_searched: usize,
    /// Their bytes.
    pub bytes_searched: u64,
}

/// A phone.
pub struct Phone {
    setup: Setup,
    folder: PathBuf,
    process: Option<Life>,
    record: Record,
}

struct Life {
    child: Child,
    input: ChildStdin,
    lines: Receiver<Line>,
    saying: Option<u64>,
}

impl Phone {
    /// A new phone of a customer's, which is off.
    pub fn new(customer: &Person, session: i64, device: &'static str) -> Self {
        let folder = env::temp_dir().join(format!("chat-phone-{}", new_id()));
        fs::create_dir(&folder).expect("a folder of its own");
        let endpoints = customer.stack.endpoints();
        let setup = Setup {
            http_url: endpoints.http_api.clone(),
            ws_url: endpoints.ws_api.clone(),
            store: folder.join("chat.db"),
            key: *b"a key that is known to the bench",
            token: customer.token.clone(),
            session,
            device: device.to_owned(),
            first: 0,
        };
        let record = Record {
            device,
            said: vec![],
            doubtful: vec![],
            leaks: vec![],
            files_searched: 0,
            bytes_searched: 0,
        };
        Self { setup, folder, process: None, record }
    }

    /// Which device it is.
    pub const fn device(&self) -> &'static str {
        self.record.device
    }

    /// What it has said.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Starts its process, unless there is one.
    pub fn start(&mut self) {
        if self.process.is_some() {
            return;
        }
        let mut child = Command::new(program())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("chat-phone is there: `make binaries` builds it");
        let mut input = child.stdin.take().expect("its input is ours");
        let output = child.stdout.take().expect("its output is ours");
        let setup = serde_json::to_string(&self.setup).expect("a setup is JSON");
        writeln!(input, "{setup}").expect("it listens");
        let (tell, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // A line that was cut off is one that was not said.
                let Ok(line) = serde_json::from_str(&line) else { return };
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        self.process = Some(Life { child, input, lines, saying: None });
    }

    /// Kills it where it stands, hears what it had said, and searches its files.
    pub fn kill(&mut self) {
        let Some(mut life) = self.process.take() else { return };
        life.child.kill().expect("it is ours to kill");
        life.child.wait().expect("it has died");
        while let Ok(line) = life.lines.recv() {
            note(&mut self.record, &mut self.setup, &mut life.saying, &line);
        }
        self.record.doubtful.extend(life.saying);
        self.search();
    }

    /// Lets it say nothing more, and send what it holds.
    pub fn drain(&mut self) {
        self.tell(script::DRAIN);
    }

    fn tell(&mut self, what: &str) {
        let life = self.process.as_mut().expect("it runs");
        writeln!(life.input, "{what}").expect("it listens");
    }

    /// Waits until it has sent what it held; false when it gets no further.
    pub fn is_drained(&mut self) -> bool {
        let mut least = usize::MAX;
        while least > 0 {
            let less = |line| if let Line::Queued(left) = line { Some(left) } else { None };
            match self.hear(|line| less(line).filter(|left| *left < least)) {
                Some(left) => least = left,
                None => return false,
            }
        }
        true
    }

    /// What it shows.
    pub fn view(&mut self) -> Vec<Seen> {
        self.tell(script::VIEW);
        let view = self.hear(|line| if let Line::View(seen) = line { Some(seen) } else { None });
        view.unwrap_or_default()
    }

    fn hear<T>(&mut self, what: impl Fn(Line) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + PATIENCE;
        let life = self.process.as_mut()?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let said = life.lines.recv_timeout(left).ok()?;
            note(&mut self.record, &mut self.setup, &mut life.saying, &said);
            if let Some(found) = what(said) {
                return Some(found);
            }
        }
    }

    /// Looks for what was said in every file.
    fn search(&mut self) {
        for file in fs::read_dir(&self.folder).expect("the folder is ours") {
            let path = file.expect("the folder is ours").path();
            let Ok(bytes) = fs::read(&path) else { continue };
            self.record.files_searched += 1;
            self.record.bytes_searched += bytes.len() as u64;
            if has(&bytes, script::CANARY.as_bytes()) {
                self.record.leaks.push(format!("what was said is in {}", name(&path)));
            }
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        if let Some(life) = &mut self.process {
            // It may have ended by itself.
            let _ = life.child.kill();
            let _ = life.child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn note(record: &mut Record, setup: &mut Setup, saying: &mut Option<u64>, line: &Line) {
    match line {
        Line::Saying(number) => {
            *saying = Some(*number);
            setup.first = number + 1;
        }
        Line::Said(number) => {
            *saying = None;
            record.said.push(*number);
        }
        Line::Queued(_) | Line::View(_) => {}
    }
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `chat-phone`, built into the folder that this program was built into, or the one above it.
fn program() -> PathBuf {
    let own = env::current_exe().expect("this program has a path");
    let folders = own.ancestors().skip(1).take(2);
    let mut candidates = folders.map(|folder| folder.join("chat-phone"));
    candidates
        .find(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from("target/debug/chat-phone"))
}
