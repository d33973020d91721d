//! `chat-terminal customer-1`: the chat in a terminal, as one of the demo's people, on the core of the
//! mobile apps. What it shows comes from its store, so it can be killed at any instant and started
//! again; `/offline` takes its network away.

mod command;
mod network;
mod person;
mod screen;
mod terminal;

use chat_endpoints::Endpoints;
use person::Person;
use std::{env, io, path::PathBuf, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_default();
    let Some(person) = Person::named(&name) else {
        eprintln!("chat as whom? for instance customer-1 or dentist-2");
        return ExitCode::FAILURE;
    };
    let endpoints = match endpoints() {
        Ok(endpoints) => endpoints,
        Err(error) => {
            eprintln!("no stack is running here; start one with `make dev` ({error})");
            return ExitCode::FAILURE;
        }
    };
    match terminal::run(person, &endpoints).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Of the stack that `CHAT_ENDPOINTS` names, or that runs in `LOCAL_DIR`.
fn endpoints() -> io::Result<Endpoints> {
    if env::var_os(chat_endpoints::VARIABLE).is_some() {
        return Endpoints::shared();
    }
    let folder = env::var_os("LOCAL_DIR").map_or_else(|| PathBuf::from(".local"), PathBuf::from);
    Endpoints::read(&folder.join("endpoints.json"))
}
