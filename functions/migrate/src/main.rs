//! The Lambda function `migrate`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("migrate")
        .runs(&[])
        .serve_job(async |app, _| migrate::migrate(app.config.database_url.as_ref()).await)
}
