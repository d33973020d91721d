//! The Lambda function `ws-disconnect`.

use chat::{app::App, runtime::Function, socket::SocketEvent};
use std::{convert::Infallible, process::ExitCode};

fn main() -> ExitCode {
    Function::new("ws-disconnect").runs(ws_disconnect::STATEMENTS).serve(
        async |app: &App, event: SocketEvent| {
            Ok::<_, Infallible>((ws_disconnect::handle(app, event).await, ()))
        },
    )
}
