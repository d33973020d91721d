//! The Lambda function `migrate`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("migrate")
        .runs(&[])
        .serve_job(async |app, _| migrate::migrate(app.config.database.as_ref(), &app.http).await)
}
