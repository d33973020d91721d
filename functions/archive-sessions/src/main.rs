//! The Lambda function `archive-sessions`.

use chat::{
    app::App,
    runtime::{Function, failed},
    store::{news, sessions},
};
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("archive-sessions")
        .prepares([&sessions::ARCHIVE_IDLE, &news::SETTLE])
        .looks_people_up()
        .serve(async |app: &App, _: Value| match archive_sessions::run(app).await {
            Ok(report) => Ok((report, None)),
            Err(error) => Err(failed(app, &error)),
        })
}
