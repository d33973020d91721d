//! The Lambda function `ws-disconnect`.

use chat::{app::App, runtime::Function, socket::SocketEvent, store::connections};
use std::{convert::Infallible, process::ExitCode};

fn main() -> ExitCode {
    Function::new("ws-disconnect").prepares([&connections::FORGET]).serve(
        async |app: &App, event: SocketEvent| {
            Ok::<_, Infallible>((ws_disconnect::handle(app, event).await, None))
        },
    )
}
