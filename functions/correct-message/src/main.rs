//! The Lambda function `correct-message`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("correct-message")
        .runs(correct_message::STATEMENTS)
        .works_after_answer()
        .serve_http(correct_message::handle)
}
