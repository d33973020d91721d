//! What `/proc` tells about a server's processes, and signals to all of them.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How often a process that was just signaled is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A process and everything it started, each backend included.
///
/// PostgreSQL puts every backend in a session of its own, so a process group does not do.
pub fn family(root: Pid) -> Vec<Pid> {
    let everyone = all_processes();
    let mut family = vec![root];
    let mut next = 0;
    while next < family.len() {
        let parent = family[next].as_raw_nonzero().get();
        family.extend(
            everyone.iter().filter(|(_, status)| status.parent == parent).map(|(pid, _)| *pid),
        );
        next += 1;
    }
    family
}

/// Sends a signal to a process that may already be gone.
pub fn signal(pid: Pid, signal: Signal) {
    let _ = kill_process(pid, signal);
}

/// Stops a process and its family with SIGSTOP, and returns them once all of them stand still.
pub async fn freeze(root: Pid) -> Vec<Pid> {
    // The root first: what does not run starts nothing new.
    stop_and_wait(root).await;
    let family = family(root);
    for pid in &family {
        stop_and_wait(*pid).await;
    }
    family
}

/// Lets a frozen family run again.
pub fn thaw(root: Pid) {
    for pid in family(root) {
        signal(pid, Signal::CONT);
    }
}

/// Kills a process and its family with SIGKILL, and returns once none of them runs.
pub async fn kill(root: Pid) {
    let family = freeze(root).await;
    for pid in &family {
        signal(*pid, Signal::KILL);
    }
    for pid in &family {
        while runs(*pid) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Kills a process group with SIGKILL, and returns once none of it runs: for where nothing can be awaited.
pub fn kill_group(leader: Pid) {
    let _ = kill_process_group(leader, Signal::KILL);
    let group = leader.as_raw_nonzero().get();
    let runs = |(_, status): &(Pid, Status)| status.group == group && !status.is_dead();
    while all_processes().iter().any(runs) {
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Kills with SIGKILL every process of a program that works in a directory, whoever started it, and
/// returns, once none of them runs, how many there were.
///
/// What else works there (somebody's shell) is let alone.
pub async fn kill_all_in(directory: &Path, program: &OsStr) -> usize {
    let mut killed = HashSet::new();
    loop {
        let there = all_in(directory, program);
        for pid in &there {
            signal(*pid, Signal::KILL);
            killed.insert(*pid);
        }
        // One that is ending has left the directory before it is gone.
        if there.is_empty() && !killed.iter().copied().any(runs) {
            return killed.len();
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn all_in(directory: &Path, program: &OsStr) -> Vec<Pid> {
    let is_there = |pid: &Pid| {
        let process = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
        fs::read(process.join("comm")).is_ok_and(|name| name.trim_ascii_end() == program.as_bytes())
            && any_thread_works_in(&process, directory)
    };
    all_processes().into_iter().map(|(pid, _)| pid).filter(is_there).collect()
}

/// A thread that has ended works nowhere, while others of its process may still hold the files there.
fn any_thread_works_in(process: &Path, directory: &Path) -> bool {
    let works_there = |thread: fs::DirEntry| {
        fs::read_link(thread.path().join("cwd")).is_ok_and(|folder| folder == directory)
    };
    fs::read_dir(process.join("task"))
        .is_ok_and(|mut threads| threads.any(|thread| thread.is_ok_and(works_there)))
}

fn runs(pid: Pid) -> bool {
    status(pid).is_some_and(|status| !status.is_dead())
}

async fn stop_and_wait(pid: Pid) {
    signal(pid, Signal::STOP);
    while status(pid).is_some_and(|status| !status.is_dead() && !status.is_stopped()) {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

#[derive(Clone, Copy)]
struct Status {
    state: char,
    parent: i32,
    group: i32,
    threads: u32,
}

impl Status {
    fn is_stopped(self) -> bool {
        matches!(self.state, 'T' | 't')
    }

    /// A zombie waits for its parent to notice; it holds nothing any more, unless others of its
    /// threads are still ending.
    fn is_dead(self) -> bool {
        matches!(self.state, 'Z' | 'X') && self.threads <= 1
    }
}

fn all_processes() -> Vec<(Pid, Status)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| Pid::from_raw(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .filter_map(|pid| Some((pid, status(pid)?)))
        .collect()
}

/// `/proc/<pid>/stat` is `pid (name) state parent group …`, the number of threads 15 further on (see
/// proc(5)), and the name may hold anything.
fn status(pid: Pid) -> Option<Status> {
    let line = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace();
    Some(Status {
        state: fields.next()?.chars().next()?,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        threads: fields.nth(14)?.parse().ok()?,
    })
}
