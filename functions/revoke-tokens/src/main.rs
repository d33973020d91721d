//! The Lambda function `revoke-tokens`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("revoke-tokens")
        .runs(revoke_tokens::STATEMENTS)
        .serve_duty(async |app, event| revoke_tokens::handle(app, event).await)
}
