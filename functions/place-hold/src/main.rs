//! The Lambda function `place-hold`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("place-hold")
        .runs(place_hold::STATEMENTS)
        .serve_duty(async |app, event| place_hold::handle(app, event).await)
}
