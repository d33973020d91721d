//! The program as a whole: how it starts, how it refuses to, and what it leaves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use self::place::Folder;

/// The least that the stack starts with: the function that migrates.
const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Migrate:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: migrate}}
    Properties: {CodeUri: ., Runtime: provided.al2023, Handler: bootstrap, Timeout: 10, MemorySize: 128}
";
/// A first start takes seconds, on a busy machine too.
const START_LIMIT: Duration = Duration::from_mins(1);
/// What is promised to whoever presses Ctrl-C.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// `chat-local` in a folder with that template, on ports of its own.
fn stack(folder: &Folder) -> Command {
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
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

fn endpoints(folder: &Folder, running: &mut Child) -> Value {
    let file = folder.path().join(".local/endpoints.json");
    let started = Instant::now();
    while !file.exists() {
        assert!(running.try_wait().unwrap().is_none(), "it ended: {}", log(folder));
        assert!(started.elapsed() < START_LIMIT, "it does not start: {}", log(folder));
        std::thread::yield_now();
    }
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// Ends the stack with a signal; it is over in time, in good order, and nothing of it is left.
fn stop(folder: &Folder, running: Child, signal: Signal) {
    await_handlers(&running);
    let asked = Instant::now();
    kill_process(Pid::from_child(&running), signal).unwrap();
    let output = running.wait_with_output().unwrap();
    assert!(asked.elapsed() < STOP_LIMIT, "{:?}", asked.elapsed());
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
        std::thread::yield_now();
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

fn log(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join(".local/stack.log")).unwrap_or_default()
}

#[test]
fn it_starts_publishes_its_endpoints_and_leaves_nothing_behind() {
    let folder = Folder::new();
    for signal in [Signal::INT, Signal::TERM] {
        let mut running = stack(&folder).spawn().unwrap();
        let endpoints = endpoints(&folder, &mut running);
        let names: Vec<_> = endpoints.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "console",
                "database_admin_url",
                "database_url",
                "http_api",
                "identity",
                "jarvis_admin_url",
                "jarvis_url",
                "lambda_api",
                "log",
                "management_api",
                "onesignal",
                "s3",
                "ws_api"
            ]
        );
        stop(&folder, running, signal);
    }
}

#[test]
fn a_signal_while_it_starts_stops_it_too() {
    let folder = Folder::new();
    for file in ["mysql/unfinished", "postgres/data", "mysql/data"] {
        let running = stack(&folder).spawn().unwrap();
        let started = Instant::now();
        while !folder.path().join(".local").join(file).exists() {
            assert!(started.elapsed() < START_LIMIT, "{}", log(&folder));
        }
        stop(&folder, running, Signal::INT);
    }
    // What was interrupted is no hindrance.
    let mut running = stack(&folder).spawn().unwrap();
    endpoints(&folder, &mut running);
    stop(&folder, running, Signal::INT);
}

#[test]
fn a_stack_that_was_killed_leaves_its_folder_to_the_next() {
    let folder = Folder::new();
    let mut running = stack(&folder).spawn().unwrap();
    endpoints(&folder, &mut running);
    running.kill().unwrap();
    running.wait().unwrap();
    fs::remove_file(folder.path().join(".local/endpoints.json")).unwrap();
    let mut running = stack(&folder).spawn().unwrap();
    endpoints(&folder, &mut running);
    stop(&folder, running, Signal::TERM);
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let folder = Folder::new();
    let port = chat_local::ports::free_block().unwrap();
    let _taken = TcpListener::bind(("127.0.0.1", port + 4)).unwrap();
    let line = refusal(&stack(&folder).env("PORT", port.to_string()).output().unwrap());
    assert!(line.starts_with(&format!("error: port {} is in use", port + 4)), "{line}");
}

#[test]
fn a_folder_in_use_is_one_clear_line() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join(".local")).unwrap();
    let lock = File::create(folder.path().join(".local/lock")).unwrap();
    lock.lock().unwrap();
    let line = refusal(&stack(&folder).output().unwrap());
    assert!(line.starts_with("error: another stack runs in"), "{line}");
}

#[test]
fn a_bad_template_setting_or_missing_function_is_one_clear_line() {
    let folder = Folder::new();
    let line = refusal(&stack(&folder).env("TEMPLATE", "absent.yaml").output().unwrap());
    assert!(line.contains("absent.yaml"), "{line}");
    let line = refusal(&stack(&folder).env("MAX_ENVIRONMENTS", "many").output().unwrap());
    assert!(line.contains("MAX_ENVIRONMENTS"), "{line}");
    let line = refusal(&stack(&folder).env("FUNCTIONS_DIR", "nowhere").output().unwrap());
    assert!(line.contains("nowhere/migrate"), "{line}");
    let line = refusal(&stack(&folder).arg("start").output().unwrap());
    assert!(line.contains("usage"), "{line}");
}

#[test]
fn exec_gives_the_command_its_endpoints_and_its_status_back() {
    let folder = Folder::new();
    let mut exec = stack(&folder);
    exec.args(["exec", "--", "sh", "-c", "cat $CHAT_ENDPOINTS; exit 7"]);
    let output = exec.env_remove("PORT").output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let endpoints: Value = serde_json::from_slice(&output.stdout).unwrap();
    let log = Path::new(endpoints["log"].as_str().unwrap());
    assert!(!log.parent().unwrap().exists());
}
