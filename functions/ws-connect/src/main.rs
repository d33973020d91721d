//! The Lambda function `ws-connect`.

use chat::{app::App, runtime::Function, socket::SocketEvent};
use std::{convert::Infallible, process::ExitCode};

fn main() -> ExitCode {
    Function::new("ws-connect").runs(ws_connect::STATEMENTS).serve(
        async |app: &App, event: SocketEvent| {
            Ok::<_, Infallible>((ws_connect::handle(app, event).await, ()))
        },
    )
}
