//! The Lambda function `apply-retention`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("apply-retention")
        .runs(apply_retention::STATEMENTS)
        .serve_duty(async |app, event| apply_retention::handle(app, event).await)
}
