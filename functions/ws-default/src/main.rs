//! The Lambda function `ws-default`.

use chat::{app::App, runtime::Function, socket::SocketEvent, store::connections};
use std::{convert::Infallible, process::ExitCode};

fn main() -> ExitCode {
    Function::new("ws-default").prepares([&connections::FIND, &connections::TYPING]).serve(
        async |app: &App, event: SocketEvent| {
            Ok::<_, Infallible>((ws_default::handle(app, event).await, None))
        },
    )
}
