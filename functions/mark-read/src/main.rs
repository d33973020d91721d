//! The Lambda function `mark-read`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("mark-read")
        .runs(mark_read::STATEMENTS)
        .works_after_answer()
        .serve_http(mark_read::handle)
}
