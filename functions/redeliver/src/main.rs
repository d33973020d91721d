//! The Lambda function `redeliver`.

use chat::{
    app::App,
    error::{Cause, Error},
    runtime::{Function, failed},
    store::{connections, news, outbox, players},
};
use redeliver::{Command, Provider};
use serde_json::Value;
use std::process::ExitCode;
use tokio::sync::OnceCell;

fn main() -> ExitCode {
    let provider = OnceCell::new();
    Function::new("redeliver")
        .prepares([
            &outbox::TAKE,
            &outbox::SETTLE,
            &outbox::FRAMES_SENT,
            &outbox::PUSH_FACTS,
            &outbox::POSTPONE,
            &outbox::STATE,
            &news::TAKE,
            &news::SETTLE,
            &connections::EXPIRED,
            &connections::FORGET,
            &players::UNMAP,
        ])
        .looks_people_up()
        .pushes()
        .serve(async |app: &App, event: Value| {
            let provider =
                provider.get_or_try_init(async || Provider::new(&app.config, &app.http)).await;
            let result = match provider {
                Ok(provider) => redeliver::handle(app, provider, Command::of(&event)).await,
                Err(cause) => Err(Error::Internal(Cause::new(cause.to_string()))),
            };
            match result {
                Ok(report) => Ok((report, None)),
                Err(error) => Err(failed(app, &error)),
            }
        })
}
