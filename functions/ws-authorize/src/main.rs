//! The Lambda function `ws-authorize`.

use chat::{app::App, runtime::Function, socket::SocketEvent};
use lambda_runtime::Diagnostic;
use std::process::ExitCode;
use tokio::sync::OnceCell;
use ws_authorize::Keys;

fn main() -> ExitCode {
    let keys = OnceCell::new();
    Function::new("ws-authorize").looks_people_up().serve(async |app: &App, event: SocketEvent| {
        let keys = keys.get_or_init(async || Keys::of(&app.config.identity_issuer)).await;
        let policy = ws_authorize::handle(app, keys, event).await?;
        Ok::<_, Diagnostic>((policy, ()))
    })
}
