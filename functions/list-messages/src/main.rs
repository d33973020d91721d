//! The Lambda function `list-messages`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("list-messages").runs(list_messages::STATEMENTS).serve_http(list_messages::handle)
}
