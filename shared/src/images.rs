//! Images in S3.

use crate::{
    aws,
    error::{Cause, Error},
    message::{Image, Message},
};
use aws_sdk_s3::{Client, config, presigning::PresigningConfig};
use std::{
    env,
    sync::OnceLock,
    time::{Duration, SystemTime},
};
use time::OffsetDateTime;

/// How long a download URL works.
const DOWNLOADS_FOR: Duration = Duration::from_secs(60 * 60);
/// How long S3 may take for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

/// The bucket of the images. The client is made when it is first needed: most messages have none.
pub struct Images {
    bucket: String,
    client: OnceLock<Client>,
    now: fn() -> SystemTime,
}

impl Images {
    /// The bucket of that name; `now` tells the time that signatures begin at.
    #[must_use]
    pub fn new(bucket: String, now: fn() -> SystemTime) -> Self {
        Self { bucket, client: OnceLock::new(), now }
    }

    /// Signs a download URL for each image of a message. Does not call S3.
    ///
    /// # Errors
    /// [`Error::Internal`] when the function has no credentials.
    pub async fn sign(&self, message: &mut Message) -> Result<(), Error> {
        let now = (self.now)();
        for key in &message.image_urls {
            message.images.push(self.sign_download(key, now).await?);
        }
        Ok(())
    }

    async fn sign_download(&self, key: &str, now: SystemTime) -> Result<Image, Error> {
        let unsigned = || Error::Internal(Cause::new("a download could not be signed"));
        let good_for = PresigningConfig::builder().start_time(now).expires_in(DOWNLOADS_FOR);
        let request = self
            .client()
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .response_content_disposition("attachment")
            .presigned(good_for.build().map_err(|_| unsigned())?)
            .await
            .map_err(|_| unsigned())?;
        Ok(Image {
            key: key.to_owned(),
            url: request.uri().to_owned(),
            expires_at: OffsetDateTime::from(now + DOWNLOADS_FOR),
        })
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let endpoint = env::var("AWS_ENDPOINT_URL_S3").ok();
            let mut builder = config::Builder::new()
                .behavior_version_latest()
                .region(aws::region())
                .credentials_provider(aws::credentials())
                .http_client(aws::http_client())
                .retry_config(aws::no_retries())
                .timeout_config(aws::within(REQUEST_TIMEOUT))
                // A server of one's own has no host name for each bucket.
                .force_path_style(endpoint.is_some());
            builder.set_endpoint_url(endpoint);
            Client::from_conf(builder.build())
        })
    }
}
