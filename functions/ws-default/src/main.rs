//! The Lambda function `ws-default`.

use chat::{app::App, runtime::Function, socket::SocketEvent};
use std::{convert::Infallible, process::ExitCode};

fn main() -> ExitCode {
    Function::new("ws-default").runs(ws_default::STATEMENTS).serve(
        async |app: &App, event: SocketEvent| {
            Ok::<_, Infallible>((ws_default::handle(app, event).await, ()))
        },
    )
}
