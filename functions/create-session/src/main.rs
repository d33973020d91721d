//! The Lambda function `create-session`.

use chat::{
    runtime::Function,
    store::{news, sessions},
};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("create-session")
        .prepares([&sessions::FIND_PAIR, &sessions::CREATE, &news::SETTLE])
        .works_after_answer()
        .serve_http(create_session::handle)
}
