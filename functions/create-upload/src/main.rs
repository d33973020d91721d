//! The Lambda function `create-upload`.

use chat::{runtime::Function, store::sessions};
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("create-upload").prepares([&sessions::STATUS]).serve_http(create_upload::handle)
}
