//! The Lambda function `get-session`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("get-session").runs(get_session::STATEMENTS).serve_http(get_session::handle)
}
