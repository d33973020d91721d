//! The Lambda function `get-session`.

use chat::{runtime::Function, store::sessions};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("get-session").prepares([&sessions::GET]).serve_http(get_session::handle)
}
