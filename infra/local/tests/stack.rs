//! The program as a whole: how it starts, how it refuses to, and what it leaves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;
mod program;

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use self::place::Folder;
use self::program::{START_LIMIT, await_line, endpoints, log, refusal, stack, stop};

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
                "ca",
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
                "secrets_manager",
                "ws_api"
            ]
        );
        await_line(&folder, "schedules   migrate every 86400 s");
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
            thread::sleep(Duration::from_millis(1));
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
    // The log is all that is left, for whoever looks for the reason.
    let said = String::from_utf8(output.stderr).unwrap();
    let kept = said.trim_end().strip_prefix("the stack's log is in ").unwrap();
    assert!(fs::read_to_string(kept).unwrap().contains("\nready\n"), "{kept}");
    fs::remove_file(kept).unwrap();
}
