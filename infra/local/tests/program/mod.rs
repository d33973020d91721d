//! The program `chat-local`, started in a folder and on ports of its own.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up may panic")]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::place::Folder;

/// The least that the stack starts with: the function that migrates.
const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Migrate:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: migrate}}
    Properties:
      CodeUri: .
      Runtime: provided.al2023
      Handler: bootstrap
      Timeout: 10
      MemorySize: 128
      Events: {Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}}
";
/// A start takes seconds, or minutes on a busy machine.
pub const START_LIMIT: Duration = Duration::from_mins(5);
/// Between two looks at what is waited for; looking all the time would slow it down.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// What is promised to whoever presses Ctrl-C.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// `chat-local` in a folder with that template, on ports of its own.
pub fn stack(folder: &Folder) -> Command {
    let functions = folder.path().join("functions");
    if !functions.exists() {
        fs::create_dir(&functions).unwrap();
        let examples =
            Path::new(env!("CARGO_BIN_EXE_chat-local")).parent().unwrap().join("examples");
        fs::hard_link(examples.join("fixture-function"), functions.join("migrate")).unwrap();
        fs::write(folder.path().join("template.yaml"), TEMPLATE).unwrap();
    }
    let mut stack = Command::new(env!("CARGO_BIN_EXE_chat-local"));
    stack.current_dir(folder.path()).env("FUNCTIONS_DIR", functions);
    stack.env("PORT", chat_local::ports::free_block().unwrap().to_string());
    for given in ["LOCAL_DIR", "TEMPLATE", "DATABASE_URL", "JARVIS_URL", "CHAT_ENDPOINTS"] {
        stack.env_remove(given);
    }
    stack.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    stack
}

/// The program's refusal: status 1 and one line.
pub fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

pub fn endpoints(folder: &Folder, running: &mut Child) -> Value {
    let file = folder.path().join(".local/endpoints.json");
    let started = Instant::now();
    while !file.exists() {
        assert!(running.try_wait().unwrap().is_none(), "it ended: {}", last_words(folder, running));
        assert!(started.elapsed() < START_LIMIT, "it does not start: {}", log(folder));
        thread::sleep(LOOK_AGAIN);
    }
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// What a stack that ended said of it: its log, and what of its errors nobody else reads.
fn last_words(folder: &Folder, ended: &mut Child) -> String {
    let mut words = log(folder);
    if let Some(mut errors) = ended.stderr.take() {
        errors.read_to_string(&mut words).unwrap();
    }
    words
}

/// Ends the stack with a signal; it is over in time, in good order, and nothing of it is left.
pub fn stop(folder: &Folder, running: Child, signal: Signal) {
    await_handlers(&running);
    let pid = Pid::from_child(&running);
    kill_process(pid, signal).unwrap();
    let (ended, in_time) = channel::<()>();
    let deadline = thread::spawn(move || {
        let is_late = in_time.recv_timeout(STOP_LIMIT) == Err(RecvTimeoutError::Timeout);
        if is_late {
            kill_process(pid, Signal::KILL).unwrap();
        }
        is_late
    });
    let output = running.wait_with_output().unwrap();
    drop(ended);
    assert!(!deadline.join().unwrap(), "it does not stop in time: {}", log(folder));
    assert!(output.status.success(), "{output:?}");
    assert!(!folder.path().join(".local/endpoints.json").exists());
    assert_eq!(processes_of(folder), Vec::<String>::new());
}

/// Waits until the program has taken over its signals: one that came before would end it at once, as
/// it would any program.
fn await_handlers(running: &Child) {
    /// SIGHUP, SIGINT and SIGTERM in the mask of proc(5).
    const OURS: u64 = 1 | 1 << 1 | 1 << 14;
    let started = Instant::now();
    let caught = || {
        let status = fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap()
    };
    while caught() & OURS != OURS {
        assert!(started.elapsed() < START_LIMIT, "it does not listen for signals");
        thread::sleep(LOOK_AGAIN);
    }
}

/// The command lines that name the folder.
fn processes_of(folder: &Folder) -> Vec<String> {
    let folder = folder.path().to_str().unwrap();
    let command_line = |process: fs::DirEntry| fs::read(process.path().join("cmdline")).ok();
    let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(command_line);
    let lines = processes.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(folder)).collect()
}

/// Waits for a line of the log, which is written a little later than the parts go on.
pub fn await_line(folder: &Folder, line: &str) {
    let started = Instant::now();
    while !log(folder).lines().any(|written| written == line) {
        assert!(started.elapsed() < START_LIMIT, "{}", log(folder));
        thread::sleep(LOOK_AGAIN);
    }
}

pub fn log(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join(".local/stack.log")).unwrap_or_default()
}
