//! The Lambda function `sync`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("sync").runs(sync::STATEMENTS).serve_http(sync::handle)
}
