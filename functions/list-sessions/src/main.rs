//! The Lambda function `list-sessions`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("list-sessions").runs(list_sessions::STATEMENTS).serve_http(list_sessions::handle)
}
