//! What the mobile apps' core costs a phone: its library, its start, its memory, its battery.

use crate::{idle_hour::IdleHour, place::Place, process, report::Report};
use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::sleep,
};

/// What `infra/tools/build-library` makes.
const LIBRARIES: [(&str, &str); 2] =
    [("system", "libcrypto the system's"), ("inside", "its cryptography inside, as for Android")];
const MEGABYTE: f64 = 1e6;
const ROUNDS: usize = 15;
/// How long a phone is watched that is online and has nothing to do.
const WATCHED: Duration = Duration::from_mins(1);

/// The library, then a phone's process again and again, then one that is online, then an hour without time.
pub async fn run(place: &Place) -> Report {
    let work = "The core for mobile apps, as a library and in a process of its own with a store of 10,000 messages in \
                40 sessions (encrypted, as on Android, with its index of words).";
    let mut report = Report::new("core", work, ROUNDS);
    libraries(&mut report).await;
    let store = place.folder().join("phone.db");
    let filled = phone(&["fill", text(&store)]).status().await.expect("a phone's process");
    assert!(filled.success(), "the store is filled");
    opening(&store, &mut report).await;
    online(place, &store, &mut report).await;
    idle(place, &mut report);
    report.note("Starts are warm: the store's pages are in the file cache.");
    report
}

#[expect(clippy::cast_precision_loss, reason = "libraries are smaller than 2^52 bytes")]
async fn libraries(report: &mut Report) {
    for (kind, what) in LIBRARIES {
        let library = format!("target/library/{kind}/libchat_client_ffi.so");
        let size = fs::metadata(&library).expect("infra/tools/build-library has run").len();
        let zip = Command::new("gzip").args(["--best", "--stdout", &library]).output().await;
        let zip = zip.expect("gzip can be run").stdout.len();
        let size = report.row(format!("library, {what}"), "MB", vec![size as f64 / MEGABYTE]);
        report.row("· compressed", "MB", vec![zip as f64 / MEGABYTE]);
        report.at_most(format!("library, {what}, MB"), size, 6.0);
    }
}

async fn opening(store: &Path, report: &mut Report) {
    let size = fs::metadata(store).expect("the store is there").len();
    let mut opened = Vec::new();
    for _ in 0..ROUNDS {
        let output = phone(&["open", text(store)]).output().await.expect("a phone's process");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        opened.push(serde_json::from_slice::<Value>(&output.stdout).expect("what it found"));
    }
    let each = |name: &str| opened.iter().filter_map(|found| found[name].as_f64()).collect();
    let screen = report.row("opening to the first screen", "ms", each("screen_ms"));
    report.row("… and a conversation of 50", "ms", each("conversation_ms"));
    report.row("memory before", "MB", each("memory_before_mb"));
    report.row("memory with both shown", "MB", each("memory_mb"));
    report.at_most("opening a store with 10,000 messages to the first screen, ms", screen, 50.0);
    report.note(format!("The store's file has {} KB.", size / 1_000));
}

/// A phone that is online: its memory, and how often its threads run though nothing happens.
async fn online(place: &Place, store: &Path, report: &mut Report) {
    let customer = place.stack.customer().await;
    let endpoints = place.stack.endpoints();
    let words = ["stay", text(store), &endpoints.http_api, &endpoints.ws_api, &customer.token];
    let mut child = phone(&words).spawn().expect("a phone's process");
    wait_until_online(&mut child).await;
    let id = child.id().expect("it runs");
    let runs = |report: u64| f64::from(u32::try_from(report).expect("few"));
    let before = process::wake_ups(id);
    sleep(WATCHED).await;
    let found = process::wake_ups(id) - before;
    report.row("memory, online", "MB", vec![process::with_id(id).memory()]);
    report.row("its threads ran in a minute without a word", "times", vec![runs(found)]);
    // Its input ends with the pipe.
    drop(child.stdin.take());
    assert!(child.wait().await.expect("it ends").success(), "a phone's process");
}

async fn wait_until_online(child: &mut Child) {
    let output = child.stdout.take().expect("its output");
    let line = BufReader::new(output).lines().next_line().await.expect("its output");
    assert_eq!(line.as_deref(), Some("online"), "a phone's process");
}

fn idle(place: &Place, report: &mut Report) {
    let hour = IdleHour::of(&place.folder().join("idle.db"));
    let found = |count: u32| vec![f64::from(count)];
    report.row("an idle hour: wake-ups", "times", found(hour.wake_ups));
    let frames = report.row("· frames, billed as messages", "messages", found(hour.frames));
    report.row("· connections (a token's hour ends)", "connections", found(hour.connections));
    report.row("· requests", "requests", found(hour.requests));
    report.row("· transactions of the store", "transactions", found(hour.commits));
    report.at_most("billed messages in an idle hour", frames, 8.0);
}

/// A process of `core-phone`, which is built beside this program.
fn phone(words: &[&str]) -> Command {
    let own: PathBuf = env::current_exe().expect("this program has a place");
    let mut command = Command::new(own.with_file_name("core-phone"));
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a folder's name is text")
}
