//! A stack of one's own, to set up and break at will.

use crate::{Endpoints, Stack};
use std::{
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// What decides where a stack is, or which databases it uses: never handed on to a private one.
const OF_THE_SHARED_ONE: [&str; 6] =
    ["PORT", "LOCAL_DIR", "DATABASE_URL", "DATABASE_ADMIN_URL", "JARVIS_URL", "JARVIS_ADMIN_URL"];
/// Tells where the stack is, then lives until its input ends.
const TELL_AND_WAIT: &str = "echo \"$CHAT_ENDPOINTS\"; exec cat";
/// How long stopping may take.
const STOPS_WITHIN: Duration = Duration::from_mins(1);

/// A stack in a process of its own, with ports, databases and a folder that go with it. It stops when
/// this is dropped, and also when this process dies: its input ends then.
pub struct PrivateStack {
    process: Child,
    input: Option<ChildStdin>,
    endpoints: Endpoints,
}

impl PrivateStack {
    /// Starts a stack with these settings, in the form of environment variables. Blocks until it is
    /// ready.
    ///
    /// # Panics
    /// When it does not start; the reason is on the standard error.
    #[must_use]
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program());
        command.args(["exec", "--", "sh", "-c", TELL_AND_WAIT]);
        for name in OF_THE_SHARED_ONE {
            command.env_remove(name);
        }
        // From any folder; unless the whole run is on another template.
        if env::var_os("TEMPLATE").is_none() {
            command.env("TEMPLATE", concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
        }
        command.envs(settings.iter().copied());
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect(
                "target/debug/chat-local is there: `cargo build --workspace --bins` makes it",
            );
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let mut line = String::new();
        let mut output = BufReader::new(output.expect("its output is ours"));
        output.read_line(&mut line).expect("it tells where it is");
        assert!(!line.is_empty(), "the private stack does not start");
        let endpoints = Endpoints::read(Path::new(line.trim_end()));
        let endpoints = endpoints.unwrap_or_else(|error| panic!("{error}"));
        Self { process, input, endpoints }
    }

    /// The stack, for clients of the current runtime.
    #[must_use]
    pub fn stack(&self) -> Stack {
        Stack::at(self.endpoints.clone())
    }
}

impl Drop for PrivateStack {
    fn drop(&mut self) {
        drop(self.input.take());
        let began = Instant::now();
        while began.elapsed() < STOPS_WITHIN {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        // Better some leftovers than a test run that never ends.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `chat-local`, built into the folder that this program was built into, or the one above it.
fn program() -> PathBuf {
    let own = env::current_exe().expect("this program has a path");
    let folders = own.ancestors().skip(1).take(2);
    let mut candidates = folders.map(|folder| folder.join("chat-local"));
    candidates
        .find(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from("target/debug/chat-local"))
}
