//! What the numbers depend on.

use crate::{pgbench, place::Place};
use serde::Serialize;
use std::{fmt, fs, process::Stdio, thread};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

/// The machine, now.
#[derive(Debug, Serialize)]
pub struct Machine {
    processor: String,
    processors: usize,
    memory_gb: u64,
    kernel: String,
    postgresql: String,
    /// Of one 8 KB write with fdatasync, by `pg_test_fsync`, in microseconds.
    fsync_us: Option<f64>,
    /// Processes that wanted to run over the last minute.
    load: String,
    at: String,
}

impl Machine {
    /// Looks at it; takes a few seconds.
    pub async fn look(place: &Place) -> Self {
        let load = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
        let line = |file: &str, name: &str| {
            let text = read(file);
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let memory: u64 = line("/proc/meminfo", "MemTotal")
            .split(' ')
            .next()
            .and_then(|kilobytes| kilobytes.parse().ok())
            .unwrap_or_default();
        let version = place.service().await.query_one("SHOW server_version", &[]).await;
        Self {
            processor: line("/proc/cpuinfo", "model name"),
            processors: thread::available_parallelism().map_or(0, usize::from),
            memory_gb: memory.div_ceil(1024 * 1024),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            postgresql: version.expect("PostgreSQL says its version").get(0),
            fsync_us: fsync(place).await,
            load,
            at: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processors, processor, memory_gb, kernel, postgresql, load, at, .. } = self;
        write!(f, "{at}: {processors} × {processor}, {memory_gb} GB, Linux {kernel}, ")?;
        write!(f, "PostgreSQL {postgresql}, load {load} before")?;
        match self.fsync_us {
            Some(fsync) => write!(f, ", fdatasync {:.2} ms.", fsync / 1_000.0),
            None => write!(f, "."),
        }
    }
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

/// Reads the output of `pg_test_fsync` up to the method that PostgreSQL uses.
async fn fsync(place: &Place) -> Option<f64> {
    let mut command = Command::new(pgbench::program("pg_test_fsync")?);
    command.args(["-s", "1", "-f"]).arg(place.folder().join("fsync"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn();
    let mut child = child.ok()?;
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    while let Some(line) = lines.next_line().await.ok()? {
        let mut words = line.split_whitespace();
        if words.next() == Some("fdatasync") {
            return words.nth(2)?.parse().ok();
        }
    }
    None
}
