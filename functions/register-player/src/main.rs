//! The Lambda function `register-player`.

use chat::{runtime::Function, store::players};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("register-player")
        .prepares([&players::REGISTER])
        .serve_http(register_player::handle)
}
