//! The Lambda function `migrate`.

use chat::{app::App, runtime::Function};
use lambda_runtime::Diagnostic;
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("migrate").prepares([]).serve(async |app: &App, _: Value| match migrate::migrate(
        app.config.database_url.as_ref(),
    )
    .await
    {
        Ok(migrated) => Ok((migrated, None)),
        Err(error_message) => {
            Err(Diagnostic { error_type: "MigrationFailed".to_owned(), error_message })
        }
    })
}
