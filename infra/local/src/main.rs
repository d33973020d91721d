//! `chat-local`: runs the stack until it is told to stop; `chat-local exec -- <command…>` runs a command
//! against a stack of its own; `chat-local listen <person>` is a WebSocket client of a running one.

use std::ffi::OsString;
use std::process::ExitCode;

use chat_local::exec;
use chat_local::failure::Failure;
use chat_local::listen;
use chat_local::settings::Settings;
use chat_local::signals::Signals;
use chat_local::stack::Stack;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let ended = match arguments.split_first() {
        None => run().await,
        Some((first, rest)) if first == "exec" => exec::run(rest).await,
        Some((first, [person])) if first == "listen" => {
            listen::run(&person.to_string_lossy()).await
        }
        Some(_) => Err(Failure::new(
            "usage: chat-local, chat-local exec -- <command…>, or chat-local listen <person>",
        )),
    };
    ended.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::FAILURE
    })
}

/// Runs the stack until Ctrl-C or SIGTERM, which stop it also while it starts.
async fn run() -> Result<ExitCode, Failure> {
    let mut signals = Signals::listen()?;
    let stack = Stack::new(Settings::from_environment()?, false)?;
    let started = tokio::select! {
        started = stack.start() => started,
        _ = signals.next() => {
            stack.stop().await;
            return Ok(ExitCode::SUCCESS);
        }
    };
    if started.is_ok() {
        signals.next().await;
    }
    stack.stop().await;
    started.map(|_| ExitCode::SUCCESS)
}
