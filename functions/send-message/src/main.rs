//! The Lambda function `send-message`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("send-message")
        .runs(send_message::STATEMENTS)
        .works_after_answer()
        .serve_http(send_message::handle)
}
