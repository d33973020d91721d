//! What the kernel knows of a process.

use std::{fs, path::Path, process};

/// A running process.
#[derive(Clone, Copy, Debug)]
pub struct Process(u32);

/// The child of this process that runs a program; a script counts as one, run by its interpreter.
pub fn of(program: &Path) -> Option<Process> {
    let program = program.to_str()?;
    let runs = |id: u32| {
        let parent = field(&format!("/proc/{id}/status"), "PPid:")?;
        let line = fs::read(format!("/proc/{id}/cmdline")).ok()?;
        let mut words = line.split(|byte| *byte == 0);
        let is_it = words.any(|word| word == program.as_bytes()) && !line.starts_with(b"setpriv");
        (parent == u64::from(process::id()) && is_it).then_some(Process(id))
    };
    let entries = fs::read_dir("/proc").ok()?;
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.into_iter().find_map(runs)
}

/// The process with this id.
pub const fn with_id(id: u32) -> Process {
    Process(id)
}

/// How often its threads have begun to wait for something so far: each time something had woken them.
pub fn wake_ups(id: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).expect("the process runs");
    let counts = tasks
        .flatten()
        .filter_map(|task| field(task.path().join("status").to_str()?, "voluntary_ctxt_switches:"));
    counts.sum()
}

impl Process {
    /// CPU time used so far by all its threads, in milliseconds.
    #[allow(clippy::cast_precision_loss, reason = "nanoseconds of CPU time stay below 2^52")]
    pub fn cpu(self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0)).expect("the process runs");
        let nanoseconds = tasks.flatten().filter_map(|task| {
            // "Time spent on the cpu", in nanoseconds: Linux, Documentation/scheduler/sched-stats.rst.
            let statistics = fs::read_to_string(task.path().join("schedstat")).ok()?;
            statistics.split(' ').next()?.parse::<u64>().ok()
        });
        nanoseconds.sum::<u64>() as f64 / 1e6
    }

    /// Tells it to end, also when it is frozen, as an environment is between invocations.
    pub fn end(self) {
        for signal in ["-TERM", "-CONT"] {
            let told = process::Command::new("kill").args([signal, &self.0.to_string()]).status();
            assert!(told.is_ok_and(|status| status.success()), "the process runs");
        }
    }

    /// Resident memory, in MB.
    #[allow(clippy::cast_precision_loss, reason = "memory in kilobytes stays below 2^52")]
    pub fn memory(self) -> f64 {
        let kilobytes = field(&format!("/proc/{}/status", self.0), "VmRSS:");
        kilobytes.expect("the process runs") as f64 / 1024.0
    }
}

/// The number that follows a name in one of the kernel's files.
pub fn field(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
