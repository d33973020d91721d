//! The program where the terminal, the umask or the limits are not what one is used to.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;
mod program;

use std::fs;
use std::io::{PipeWriter, Write};
use std::process::{Command, Stdio};

use rustix::process::{Resource, Signal, getrlimit};

use self::place::Folder;
use self::program::{await_line, endpoints, stack, stop};

/// The same program, after a shell has done something about its surroundings.
fn after(setting: &str, program: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{setting}; exec \"$0\"")).arg(program.get_program());
    if let Some(folder) = program.get_current_dir() {
        shell.current_dir(folder);
    }
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// Keeps a pipe full as long as somebody could read from it.
fn fill(mut pipe: PipeWriter) {
    std::thread::spawn(move || while pipe.write_all(&[b'.'; 4096]).is_ok() {});
}

#[test]
fn a_terminal_that_nobody_reads_hinders_neither_the_log_nor_the_stop() {
    let folder = Folder::new();
    let (_unread, terminal) = std::io::pipe().unwrap();
    fill(terminal.try_clone().unwrap());
    let mut running = stack(&folder).stdout(terminal).spawn().unwrap();
    endpoints(&folder, &mut running);
    await_line(&folder, "ready");
    stop(&folder, running, Signal::INT);
}

#[test]
fn a_first_start_manages_with_a_strict_umask() {
    let folder = Folder::new();
    let mut running = after("umask 077", &stack(&folder)).spawn().unwrap();
    endpoints(&folder, &mut running);
    stop(&folder, running, Signal::INT);
}

#[test]
fn it_raises_its_limit_of_open_files() {
    let folder = Folder::new();
    let wanted = getrlimit(Resource::Nofile).maximum.map_or(65_536, |hard| hard.min(65_536));
    let mut running = after("ulimit -Sn 256", &stack(&folder)).spawn().unwrap();
    endpoints(&folder, &mut running);
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    assert_eq!(limit.split_whitespace().next(), Some(wanted.to_string().as_str()));
    stop(&folder, running, Signal::INT);
}
