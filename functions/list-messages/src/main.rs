//! The Lambda function `list-messages`.

use chat::{runtime::Function, store::messages};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("list-messages").prepares([&messages::PAGE]).serve_http(list_messages::handle)
}
