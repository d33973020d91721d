//! The Lambda function `erase-customer`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("erase-customer")
        .runs(erase_customer::STATEMENTS)
        .serve_duty(async |app, event| erase_customer::handle(app, event).await)
}
