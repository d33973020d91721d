//! The Lambda function `unregister-player`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("unregister-player")
        .runs(unregister_player::STATEMENTS)
        .serve_http(unregister_player::handle)
}
