//! `pgbench`, with the very statements of the service.

use crate::{place::Place, statistics::percentile};
use std::{
    env, fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// What the service runs for a message.
pub const APPEND: &str = include_str!("../../../shared/src/store/messages/append.sql");

/// No connection, as a parameter: pgbench has no variables that are null, or empty at first.
pub const NOBODY: &str = "nullif(:nobody::text, 'nobody')";

/// The parameters of [`APPEND`]: all are variables of these names, but for a new id.
pub const APPEND_PARAMETERS: [&str; 13] = [
    ":session::bigint",
    ":role::text",
    ":sender::bigint",
    // Thirty-two decimal digits are a UUID too.
    "(:id_begins::text || :id_ends::text)::uuid",
    ":content::text",
    ":images::text[]",
    ":burst::bigint",
    ":window::float8",
    ":lease::float8",
    ":read_within::float8",
    NOBODY,
    // Nothing is said to be read.
    "nullif(:unsaid::bigint, 0)",
    ":at_once::bigint",
];

/// A statement that pgbench can run: its parameters are pgbench's variables, and parameters again in
/// what pgbench prepares.
pub struct Script {
    text: String,
    variables: Vec<(&'static str, String)>,
}

/// How much pgbench runs.
#[derive(Clone, Copy, Debug)]
pub enum Amount {
    /// This many transactions of each client.
    Transactions(usize),
    /// As many as there are time for.
    Seconds(u64),
}

/// What pgbench measured.
pub struct Run {
    /// Each transaction's time, in milliseconds.
    pub latencies: Vec<f64>,
    /// Transactions a second.
    pub rate: f64,
}

impl Run {
    /// The median, in milliseconds.
    pub fn median(&self) -> f64 {
        percentile(&self.latencies, 50)
    }
}

impl Script {
    /// A script, and what its variables are at first.
    pub fn new(text: String, variables: Vec<(&'static str, String)>) -> Self {
        Self { text, variables }
    }

    /// The service's statement for a message of this dentist, in any of these sessions.
    pub fn append(dentist: i64, first_session: i64, last_session: i64, burst: u32) -> Self {
        let text = format!(
            "\\set session random({first_session}, {last_session})\n\
             \\set id_begins random(1000000000000000, 9999999999999999)\n\
             \\set id_ends random(1000000000000000, 9999999999999999)\n"
        );
        let text = text + &bind(APPEND, &APPEND_PARAMETERS) + ";\n";
        let variables = vec![
            ("role", "dentist".to_owned()),
            ("sender", dentist.to_string()),
            ("content", crate::event::CONTENT.to_owned()),
            ("images", "{}".to_owned()),
            ("burst", burst.to_string()),
            ("window", "10".to_owned()),
            ("lease", "2".to_owned()),
            ("read_within", "60".to_owned()),
            ("nobody", "nobody".to_owned()),
            ("unsaid", "0".to_owned()),
            ("at_once", "1000".to_owned()),
        ];
        Self { text, variables }
    }
}

/// Puts expressions in the place of a statement's parameters, and leaves its comments out.
pub fn bind(sql: &str, values: &[&str]) -> String {
    let lines = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
    let sql = lines.collect::<Vec<_>>().join("\n");
    let mut parts = sql.split('$');
    let mut bound = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = part[..digits].parse().expect("a dollar begins a parameter");
        bound.push_str(values[number - 1]);
        bound.push_str(&part[digits..]);
    }
    bound
}

/// Runs a script with this many clients, prepared, as the role of the functions.
pub async fn run(place: &Place, script: &Script, clients: usize, amount: Amount) -> Run {
    let file = place.folder().join("pgbench.sql");
    let log = place.folder().join("pgbench-log");
    fs::write(&file, &script.text).expect("the folder is ours");
    let program = program("pgbench").expect("pgbench comes with PostgreSQL");
    let mut command = Command::new(program);
    command.args(["-n", "-M", "prepared", "-l", "-f"]).arg(&file);
    command.arg("--log-prefix").arg(&log);
    command.args(["-c", &clients.to_string(), "-j", &clients.min(2).to_string()]);
    for (name, value) in &script.variables {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    match amount {
        Amount::Transactions(count) => command.args(["-t", &count.to_string()]),
        Amount::Seconds(seconds) => command.args(["-T", &seconds.to_string()]),
    };
    let output = command.arg(&place.stack.endpoints().database_url).output().await;
    let output = output.expect("pgbench can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "pgbench failed: {complaint}");
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    let rate = rate.and_then(|rate| rate.parse().ok()).expect("pgbench says its rate");
    Run { latencies: take_logs(place.folder()), rate }
}

/// The third word of each line is a transaction's time in microseconds.
fn take_logs(folder: &Path) -> Vec<f64> {
    let mut latencies = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is ours").flatten() {
        if !entry.file_name().to_string_lossy().starts_with("pgbench-log") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("pgbench keeps a log");
        let times = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok());
        latencies.extend(times.map(|microseconds| microseconds / 1_000.0));
        let _ = fs::remove_file(entry.path());
    }
    latencies
}

/// A program of PostgreSQL's: from the newest version in Debian's place, or from the PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut programs: Vec<PathBuf> = versions
        .map(|version| version.path().join("bin").join(name))
        .filter(|program| program.is_file())
        .collect();
    programs.sort();
    programs.pop().or_else(|| {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
    })
}
