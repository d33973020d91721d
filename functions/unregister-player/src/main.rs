//! The Lambda function `unregister-player`.

use chat::{runtime::Function, store::players};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("unregister-player")
        .prepares([&players::UNREGISTER])
        .serve_http(unregister_player::handle)
}
