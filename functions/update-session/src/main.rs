//! The Lambda function `update-session`.

use chat::{
    runtime::Function,
    store::{news, sessions},
};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("update-session")
        .prepares([&sessions::UPDATE, &sessions::GET, &news::SETTLE])
        .works_after_answer()
        .serve_http(update_session::handle)
}
