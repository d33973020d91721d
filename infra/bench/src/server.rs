//! What the kernel knows of the PostgreSQL server: of the postmaster, its children, and those it had.

use crate::process::field;
use std::{collections::BTreeSet, fs};
use tokio_postgres::Client;

/// `USER_HZ`: in these, `proc_pid_stat(5)` counts time on Linux, whatever the machine.
const TICKS_A_SECOND: f64 = 100.0;

/// A running server.
#[derive(Clone, Copy, Debug)]
pub struct Server {
    postmaster: u32,
}

impl Server {
    /// The server that this client is connected to, on this machine.
    pub async fn of(client: &Client) -> Self {
        let row = client.query_one("SELECT pg_backend_pid()", &[]).await;
        let backend: i32 = row.expect("a backend knows its process").get(0);
        let parent = field(&format!("/proc/{backend}/status"), "PPid:");
        Self { postmaster: parent.and_then(|id| u32::try_from(id).ok()).expect("a backend runs") }
    }

    /// Processor time that it has used so far in all its processes, in milliseconds.
    pub fn processor(self) -> f64 {
        loop {
            let children = self.children();
            let ended = own_and_ended(self.postmaster);
            let running: f64 = children.iter().map(|child| running(*child)).sum();
            // A child that ended meanwhile would be counted twice, or not at all.
            if self.children() == children {
                return ended + running;
            }
        }
    }

    fn children(self) -> BTreeSet<u32> {
        let file = format!("/proc/{0}/task/{0}/children", self.postmaster);
        let text = fs::read_to_string(file).expect("the postmaster runs");
        text.split_whitespace().filter_map(|id| id.parse().ok()).collect()
    }
}

/// Memory that belongs to a process alone, in MB: what it shares with the server is not its own.
#[allow(clippy::cast_precision_loss, reason = "memory in kilobytes stays below 2^52")]
pub fn own_memory(process: i32) -> f64 {
    let file = format!("/proc/{process}/smaps_rollup");
    let kinds = ["Private_Clean:", "Private_Dirty:"];
    let kilobytes: u64 = kinds.iter().filter_map(|kind| field(&file, kind)).sum();
    kilobytes as f64 / 1_024.0
}

/// Processor time of a process and of its children that have ended, in milliseconds.
fn own_and_ended(process: u32) -> f64 {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).expect("the postmaster runs");
    // A program's name may hold anything, but what follows the last parenthesis is numbers: the times
    // utime, stime, cutime and cstime begin with the twelfth.
    let numbers = line.rsplit(')').next().unwrap_or_default().split_whitespace();
    let times = numbers.skip(11).take(4).filter_map(|number| number.parse::<f64>().ok());
    times.sum::<f64>() * 1_000.0 / TICKS_A_SECOND
}

/// Processor time of a running process, in milliseconds; none once it has ended. The times in its `stat`
/// would leave out what is less than a tick, which is all of a young process's.
fn running(process: u32) -> f64 {
    let line = fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap_or_default();
    let nanoseconds = line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    nanoseconds.unwrap_or_default() / 1e6
}
