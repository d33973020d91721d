//! The Lambda function `create-session`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("create-session")
        .runs(create_session::STATEMENTS)
        .works_after_answer()
        .serve_http(create_session::handle)
}
