//! The Lambda function `redeliver`.

use chat::{app::App, error::Error, runtime::Function};
use redeliver::{Command, Provider};
use serde_json::Value;
use std::process::ExitCode;
use tokio::sync::OnceCell;

fn main() -> ExitCode {
    let provider = OnceCell::new();
    Function::new("redeliver").runs(redeliver::STATEMENTS).looks_people_up().pushes().serve_job(
        async |app: &App, event: Value| {
            let configured = async || Provider::new(&app.config, &app.http);
            let provider = provider.get_or_try_init(configured).await.map_err(Error::Internal)?;
            Box::pin(redeliver::handle(app, provider, Command::of(&event))).await
        },
    )
}
