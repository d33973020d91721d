//! The Lambda function `retract-message`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("retract-message")
        .runs(retract_message::STATEMENTS)
        .works_after_answer()
        .serve_http(retract_message::handle)
}
