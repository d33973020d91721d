//! The Lambda function `archive-sessions`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("archive-sessions")
        .runs(archive_sessions::STATEMENTS)
        .looks_people_up()
        .serve_job(async |app, _| archive_sessions::run(app).await)
}
