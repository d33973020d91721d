//! The text that a push does not carry, for a notification extension.

use crate::{ChatError, Config, Message, TokenSource, app::Tokens, wish::closed};
pub use chat_client::Told;
use chat_client::shell;
use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};
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
    let (mut tell, told) = oneshot::channel();
    // It needs a runtime, which whoever waits here has not.
    let _thread = Joined::spawn(move || {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
        let fetched = runtime.block_on(async {
            tokio::select! {
                fetched = shell::notification_for(&config, &tokens, session, seq) => Some(fetched),
                () = tell.closed() => None, // Nobody waits any more.
            }
        });
        // Looking a name up may last; it calls nobody.
        runtime.shutdown_background();
        drop(tokens);
        if let Some(fetched) = fetched {
            let _ = tell.send(fetched);
        }
    });
    Ok(told.await.map_err(|_| closed())??)
}

/// A thread that has ended when this is dropped. Python aborts when it is called while it ends, and a thread
/// is still in it for a moment after it has told what was waited for.
struct Joined(Option<JoinHandle<()>>);

impl Joined {
    fn spawn(work: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(thread::spawn(work)))
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        // Whoever is told may go on at once on the thread that tells: it cannot wait for itself.
        let other = self.0.take().filter(|thread| thread.thread().id() != thread::current().id());
        if let Some(thread) = other {
            let _ = thread.join();
        }
    }
}
