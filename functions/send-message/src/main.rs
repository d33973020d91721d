//! The Lambda function `send-message`.

use chat::{
    runtime::Function,
    store::{messages, outbox},
};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("send-message")
        .prepares([&messages::APPEND, &outbox::HAND_ON])
        .works_after_answer()
        .serve_http(send_message::handle)
}
