//! The Lambda function `mark-read`.

use chat::{
    runtime::Function,
    store::{messages, news},
};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("mark-read")
        .prepares([&messages::MARK_READ, &news::SETTLE])
        .works_after_answer()
        .serve_http(mark_read::handle)
}
