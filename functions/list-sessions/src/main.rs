//! The Lambda function `list-sessions`.

use chat::{runtime::Function, store::sessions};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("list-sessions").prepares([&sessions::LIST]).serve_http(list_sessions::handle)
}
