//! The Lambda function `lift-hold`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("lift-hold")
        .runs(lift_hold::STATEMENTS)
        .serve_duty(async |app, event| lift_hold::handle(app, event).await)
}
