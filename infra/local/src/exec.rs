//! `chat-local exec -- <command…>`: a command with a stack of its own, gone with it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};

use chat_endpoints::Endpoints;
use rustix::process::Pid;
use tokio::process::{Child, Command};

use crate::aws_names::REGION;
use crate::failure::Failure;
use crate::ports;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::stack::Stack;

/// How much of the log is shown when the stack does not start.
const LAST_LINES: usize = 40;

/// Starts a stack, runs the command with `CHAT_ENDPOINTS` set, stops the stack, and gives the command's
/// status. Without `PORT`, ten free ports are taken; without `LOCAL_DIR`, a folder that is removed after:
/// when the command fails, the stack's log is kept, and named.
///
/// # Errors
/// When the stack or the command cannot be started.
pub async fn run(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let command = match arguments.split_first() {
        Some((separator, command)) if separator == "--" => command,
        _ => arguments,
    };
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::new("usage: chat-local exec -- <command…>"));
    };
    let mut signals = Signals::listen()?;
    let mut settings = Settings::from_environment()?;
    let is_set = |name: &str| settings.variables.get(name).is_some_and(|value| !value.is_empty());
    let (has_port, has_folder) = (is_set("PORT"), is_set("LOCAL_DIR"));
    if !has_port {
        settings.port = ports::free_block()?;
    }
    let folder = TemporaryFolder::unless(has_folder)?;
    if let TemporaryFolder(Some(path)) = &folder {
        settings.local_folder.clone_from(path);
    }
    let log = settings.local_folder.join("stack.log");
    let stack = Stack::new(settings, true)?;
    let ended = run_with(&stack, &mut signals, Command::new(program).args(arguments)).await;
    if ended.is_err() {
        stack.flush_log();
        show_last_lines(&log);
    }
    stack.stop().await;
    // A command that was told to end has not failed.
    if ended.as_ref().is_ok_and(|status| status.code().is_some_and(|code| code != 0)) {
        eprintln!("the stack's log is in {}", folder.keep(&log).display());
    }
    ended.map(exit_code)
}

async fn run_with(
    stack: &Stack,
    signals: &mut Signals,
    command: &mut Command,
) -> Result<ExitStatus, Failure> {
    let endpoints = tokio::select! {
        started = stack.start() => started?,
        signal = signals.next() => return Ok(ExitStatus::from_raw(signal.as_raw())),
    };
    // Operations that a command runs itself find the stack's S3, and may do everything there.
    let s3 = Endpoints::read(&endpoints).map(|endpoints| endpoints.s3);
    let s3 = s3.map_err(Failure::of("cannot read the stack's endpoints"))?;
    command
        .env("AWS_ENDPOINT_URL_S3", s3)
        .envs(stack.operator().into_iter().flatten())
        .env("AWS_REGION", REGION);
    let mut child =
        command.env(chat_endpoints::VARIABLE, endpoints).kill_on_drop(true).spawn().map_err(
            Failure::of(format!("cannot run {}", command.as_std().get_program().display())),
        )?;
    loop {
        tokio::select! {
            status = child.wait() => return status.map_err(Failure::of("cannot wait for the command")),
            // Ctrl-C reaches the command by itself; sending every signal on is right for the others.
            signal = signals.next() => forward(&child, signal),
        }
    }
}

fn forward(child: &Child, signal: rustix::process::Signal) {
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) {
        // It may have ended in this very moment.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// The command's status as a shell gives it: 128 and the signal for a command that was killed.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

fn show_last_lines(log: &Path) {
    let content = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = content.lines().collect();
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    eprintln!("the end of the stack's log:\n{}", last.join("\n"));
}

/// A folder under the system's temporary one, removed with everything that its links point to.
struct TemporaryFolder(Option<PathBuf>);

impl TemporaryFolder {
    fn unless(is_given: bool) -> Result<Self, Failure> {
        if is_given {
            return Ok(Self(None));
        }
        let path = env::temp_dir().join(format!("chat-local-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&path).map_err(Failure::of(format!("cannot create {}", path.display())))?;
        Ok(Self(Some(path)))
    }

    /// Moves a file out of the folder if the folder is going to be removed; says where the file is then.
    fn keep(&self, file: &Path) -> PathBuf {
        let Some(folder) = &self.0 else { return file.to_owned() };
        let beside = folder.with_extension("log");
        if fs::rename(file, &beside).is_ok() { beside } else { file.to_owned() }
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let Some(folder) = &self.0 else { return };
        // The databases may be elsewhere, where their account can reach them.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if let Ok(elsewhere) = fs::read_link(entry.path()) {
                let _ = fs::remove_dir_all(elsewhere);
            }
        }
        let _ = fs::remove_dir_all(folder);
    }
}
