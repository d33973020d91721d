//! The Lambda function `register-player`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("register-player")
        .runs(register_player::STATEMENTS)
        .serve_http(register_player::handle)
}
