//! The Lambda function `create-upload`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("create-upload").runs(create_upload::STATEMENTS).serve_http(create_upload::handle)
}
