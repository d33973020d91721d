//! The Lambda function `list-access`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("list-access")
        .runs(list_access::STATEMENTS)
        .serve_duty(async |app, event| list_access::handle(app, event).await)
}
