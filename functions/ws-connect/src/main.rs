//! The Lambda function `ws-connect`.

use chat::{app::App, runtime::Function, socket::SocketEvent, store::connections};
use std::{convert::Infallible, process::ExitCode};

fn main() -> ExitCode {
    Function::new("ws-connect").prepares([&connections::OPEN]).serve(
        async |app: &App, event: SocketEvent| {
            Ok::<_, Infallible>((ws_connect::handle(app, event).await, None))
        },
    )
}
