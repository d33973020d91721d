//! API Gateway's side of our WebSockets: posting frames through its `@connections`, and closing.

use crate::{
    aws,
    config::Config,
    http::Http,
    log,
    metrics::{Metric, Metrics},
    random,
};
use aws_sdk_apigatewaymanagement::{Client, config, error::SdkError, primitives::Blob};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::{sync::Semaphore, time::sleep};

/// How long the gateway may take for one frame.
const POST_TIMEOUT: Duration = Duration::from_secs(1);
/// Posts under way at once: each takes a socket, of which Lambda allows 1,024.
const MOST_POSTS: usize = 64;
/// The longest wait before a second try.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The gateway has it.
    Taken,
    /// There is no such connection any more.
    Gone,
    /// The gateway did not take it, now or ever; the connection may still be there.
    Dropped,
}

/// The gateway.
pub struct Gateway {
    endpoint: String,
    http: Http,
    client: OnceLock<Client>,
    posts: Semaphore,
    metrics: Arc<Metrics>,
}

/// Why a request failed.
enum Trouble {
    /// There is no such connection (any more).
    Gone,
    /// The gateway may take it in a moment.
    Busy,
    /// Not for us to do: a right is missing, and the connection has nothing to do with it.
    Forbidden,
    /// It will never take this.
    Refused,
}

impl Gateway {
    /// Posts go to this endpoint.
    #[must_use]
    pub fn new(config: &Config, http: Http, metrics: Arc<Metrics>) -> Self {
        let (endpoint, posts) = (config.websocket_endpoint.clone(), Semaphore::new(MOST_POSTS));
        Self { endpoint, http, client: OnceLock::new(), posts, metrics }
    }

    /// Posts one frame, a second time after a jittered pause when the gateway is busy.
    pub async fn post(&self, connection: &str, text: &str) -> Fate {
        let mut outcome = self.attempt(connection, text).await;
        if matches!(outcome, Err(Trouble::Busy)) {
            sleep(random::jitter(LONGEST_PAUSE)).await;
            outcome = self.attempt(connection, text).await;
        }
        match outcome {
            Ok(()) => Fate::Taken,
            Err(Trouble::Gone) => Fate::Gone,
            Err(Trouble::Busy | Trouble::Forbidden | Trouble::Refused) => Fate::Dropped,
        }
    }

    async fn attempt(&self, connection: &str, text: &str) -> Result<(), Trouble> {
        let _permit = self.posts.acquire().await;
        let post = self.client().post_to_connection().connection_id(connection);
        match post.data(Blob::new(text)).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.trouble(&error)),
        }
    }

    /// Closes a connection: `Taken` when it was open until now. One that the gateway does not accept
    /// as an id is as good as gone.
    pub async fn close(&self, connection: &str) -> Fate {
        let _permit = self.posts.acquire().await;
        match self.client().delete_connection().connection_id(connection).send().await {
            Ok(_) => Fate::Taken,
            Err(error) => match self.trouble(&error) {
                Trouble::Gone | Trouble::Refused => Fate::Gone,
                Trouble::Busy | Trouble::Forbidden => Fate::Dropped,
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

    fn trouble<E>(&self, error: &SdkError<E>) -> Trouble {
        match error.raw_response().map(|response| response.status().as_u16()) {
            Some(410) => Trouble::Gone,
            None | Some(429 | 500..) => Trouble::Busy,
            Some(403) => {
                self.metrics.add(Metric::FramesForbidden, 1.0);
                log::error!("the gateway forbids this function its connections");
                Trouble::Forbidden
            }
            Some(status) => {
                log::warn!(status, "the gateway refused a frame");
                Trouble::Refused
            }
        }
    }
}
