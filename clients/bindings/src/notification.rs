//! The text that a push does not carry, for a notification extension.

use crate::{ChatError, Config, Message, TokenSource, app::Tokens, wish::closed};
pub use chat_client::Told;
use chat_client::shell;
use std::{sync::Arc, thread};
use tokio::{runtime::Builder, sync::oneshot};

/// What a notification can say.
#[uniffi::remote(Record)]
pub struct Told {
    /// Who wrote; none when the service did not know the name when it was last asked.
    pub sender_name: Option<String>,
    /// The message. Its text is empty when it was retracted, or consists of images.
    pub message: Message,
}

/// The message of a push, from the store or else from the service, which is then stored; beside the app
/// that owns the store, in a process of its own or the app's. Takes 15 seconds at most, and the token's
/// time. On an error, show the push as it came.
#[uniffi::export]
pub async fn notification_for(
    config: Config,
    tokens: Arc<dyn TokenSource>,
    session: i64,
    seq: i64,
) -> Result<Told, ChatError> {
    let config = config.checked()?;
    let tokens = Tokens { source: tokens, role: None };
    let (tell, told) = oneshot::channel();
    // It needs a runtime, which whoever waits here has not.
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            let fetched = shell::notification_for(&config, &tokens, session, seq);
            let fetched = runtime.block_on(fetched);
            // Let go before the end is told: Python aborts when it is called while it ends.
            drop(tokens);
            // Whoever waited may have gone.
            let _ = tell.send(fetched);
        }
    });
    Ok(told.await.map_err(|_| closed())??)
}
