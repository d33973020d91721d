//! Posting frames to connections through API Gateway's `@connections`.

use crate::{aws, config::Config, http::Http};
use aws_sdk_apigatewaymanagement::{Client, config, error::SdkError, primitives::Blob};
use rand::Rng as _;
use std::{sync::OnceLock, time::Duration};
use tokio::{sync::Semaphore, time::sleep};

/// How long the gateway may take for one frame.
const POST_TIMEOUT: Duration = Duration::from_secs(1);
/// Posts under way at once: each takes a socket, of which Lambda allows 1,024.
const MOST_POSTS: usize = 64;
/// The longest wait before a second try.
const LONGEST_PAUSE_MS: u64 = 200;

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The gateway has it.
    Taken,
    /// There is no such connection any more.
    Gone,
    /// Given up: the client fetches what it missed.
    Dropped,
}

/// The gateway's side of our WebSockets.
pub struct Frames {
    endpoint: String,
    http: Http,
    client: OnceLock<Client>,
    posts: Semaphore,
}

/// Why a post failed.
enum Trouble {
    Gone,
    Busy,
    Other,
}

impl Frames {
    /// Posts go to this endpoint.
    #[must_use]
    pub fn new(config: &Config, http: Http) -> Self {
        let endpoint = config.websocket_endpoint.clone();
        Self { endpoint, http, client: OnceLock::new(), posts: Semaphore::new(MOST_POSTS) }
    }

    /// Posts one frame, a second time after a jittered pause when the gateway is busy.
    pub async fn post(&self, connection: &str, text: &str) -> Fate {
        match self.attempt(connection, text).await {
            Ok(()) => return Fate::Taken,
            Err(Trouble::Gone) => return Fate::Gone,
            Err(Trouble::Other) => return Fate::Dropped,
            Err(Trouble::Busy) => {}
        }
        let pause = rand::rng().random_range(0..=LONGEST_PAUSE_MS);
        sleep(Duration::from_millis(pause)).await;
        match self.attempt(connection, text).await {
            Ok(()) => Fate::Taken,
            Err(Trouble::Gone) => Fate::Gone,
            Err(Trouble::Busy | Trouble::Other) => Fate::Dropped,
        }
    }

    async fn attempt(&self, connection: &str, text: &str) -> Result<(), Trouble> {
        let _permit = self.posts.acquire().await;
        let post = self.client().post_to_connection().connection_id(connection);
        match post.data(Blob::new(text)).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// Closes a connection: `Taken` when it was open until now. One that the gateway does not accept
    /// as an id is as good as gone.
    pub async fn close(&self, connection: &str) -> Fate {
        let _permit = self.posts.acquire().await;
        match self.client().delete_connection().connection_id(connection).send().await {
            Ok(_) => Fate::Taken,
            Err(error) => match trouble(&error) {
                Trouble::Gone | Trouble::Other => Fate::Gone,
                Trouble::Busy => Fate::Dropped,
            },
        }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            Client::from_conf(
                config::Builder::new()
                    .behavior_version_latest()
                    .region(aws::region())
                    .credentials_provider(aws::credentials())
                    .http_client(self.http.clone())
                    .retry_config(aws::no_retries())
                    .timeout_config(aws::within(POST_TIMEOUT))
                    .endpoint_url(&self.endpoint)
                    .build(),
            )
        })
    }
}

fn trouble<E>(error: &SdkError<E>) -> Trouble {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match status {
        Some(410) => Trouble::Gone,
        None | Some(429 | 500..) => Trouble::Busy,
        Some(status) => {
            tracing::warn!(status, "the gateway refused a frame");
            Trouble::Other
        }
    }
}
