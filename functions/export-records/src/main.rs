//! The Lambda function `export-records`.

use chat::runtime::Function;
use std::process::ExitCode;

fn main() -> ExitCode {
    Function::new("export-records")
        .runs(export_records::STATEMENTS)
        .looks_people_up()
        .serve_duty(async |app, event| export_records::handle(app, event).await)
}
