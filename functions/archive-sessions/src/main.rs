//! The Lambda function `archive-sessions`.

use chat::{app::App, runtime::Function, store::sessions};
use lambda_runtime::Diagnostic;
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("archive-sessions").prepares([&sessions::ARCHIVE_IDLE]).looks_people_up().serve(
        async |app: &App, _: Value| match archive_sessions::run(app).await {
            Ok(report) => Ok((report, None)),
            Err(error) => {
                app.metrics.outcome(error.code());
                let error_type = error.code().to_owned();
                let error_message = error.cause().map(ToString::to_string).unwrap_or_default();
                Err(Diagnostic { error_type, error_message })
            }
        },
    )
}
