//! The Lambda function `reapply-erasures`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("reapply-erasures")
        .runs(reapply_erasures::STATEMENTS)
        .serve_duty(async |app, event| reapply_erasures::handle(app, event).await)
}
