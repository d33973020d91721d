//! The Lambda function `update-session`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("update-session")
        .runs(update_session::STATEMENTS)
        .works_after_answer()
        .serve_http(update_session::handle)
}
