//! Images in S3.

use crate::{
    aws,
    caller::Caller,
    error::{Cause, Error},
    http::Http,
    id::SessionId,
    message::{Image, ImageKeys, Message, upload_prefix},
    upload::{ImageType, MAX_IMAGE_BYTES},
};
use aws_sdk_s3::{
    Client,
    config::{self, RequestChecksumCalculation},
    error::SdkError,
    presigning::PresigningConfig,
};
use futures_util::future::try_join_all;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    env,
    sync::OnceLock,
    time::{Duration, SystemTime},
};
use time::OffsetDateTime;
use tokio::time::timeout;
use uuid::Uuid;

/// How long a download URL works.
const DOWNLOADS_FOR: Duration = Duration::from_hours(1);
/// How long S3 may take for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(1_500);

/// How long an upload URL works.
const UPLOADS_FOR: Duration = Duration::from_mins(5);
/// How long all images of a message may take to verify.
const VERIFIED_WITHIN: Duration = Duration::from_secs(2);
/// Enough to tell an image by.
const FIRST_BYTES: &str = "bytes=0-31";
/// The tag of uploads that no message has taken; the bucket deletes them after a while.
const PENDING: &str = "upload=pending";

/// A request that the client may make of S3, once.
#[derive(Debug, Serialize)]
pub struct Upload {
    key: String,
    method: &'static str,
    url: String,
    /// Signed with the URL: the client must send them as they are.
    headers: BTreeMap<String, String>,
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

/// The bucket of the images. The client is made when it is first needed: most messages have none.
pub struct Images {
    bucket: String,
    http: Http,
    client: OnceLock<Client>,
    now: fn() -> SystemTime,
}

impl Images {
    /// The bucket of that name; `now` tells the time that signatures begin at.
    #[must_use]
    pub fn new(bucket: String, http: Http, now: fn() -> SystemTime) -> Self {
        Self { bucket, http, client: OnceLock::new(), now }
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
            expires_at: whole_seconds(now + DOWNLOADS_FOR),
        })
    }

    /// Signs an upload: one PUT of exactly this type and length, to a key where nothing is yet.
    /// Does not call S3.
    ///
    /// # Errors
    /// [`Error::Internal`] when the function has no credentials.
    pub async fn sign_upload(
        &self,
        caller: Caller,
        session: SessionId,
        kind: ImageType,
        length: i64,
    ) -> Result<Upload, Error> {
        let unsigned = || Error::Internal(Cause::new("an upload could not be signed"));
        let prefix = upload_prefix(caller, session);
        let key = format!("{prefix}{}.{}", Uuid::new_v4(), kind.extension());
        let now = (self.now)();
        let good_for = PresigningConfig::builder().start_time(now).expires_in(UPLOADS_FOR);
        let request = self
            .client()
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type(kind.content_type())
            .content_length(length)
            .if_none_match("*")
            .tagging(PENDING)
            .presigned(good_for.build().map_err(|_| unsigned())?)
            .await
            .map_err(|_| unsigned())?;
        // The SDK adds a tracing header of this invocation's, which is not signed.
        let headers = request.headers().filter(|(name, _)| *name != "x-amzn-trace-id");
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Upload {
            key,
            method: "PUT",
            url: request.uri().to_owned(),
            headers: headers.collect(),
            expires_at: whole_seconds(now + UPLOADS_FOR),
        })
    }

    /// Makes sure that each key holds an image: one ranged read each, all at once.
    ///
    /// # Errors
    /// [`Error::ImageNotFound`], [`Error::ImageInvalid`]; [`Error::Unavailable`] when S3 does not
    /// answer in time.
    pub async fn verify(&self, keys: &ImageKeys) -> Result<(), Error> {
        let verified = try_join_all(keys.as_slice().iter().map(|key| self.verify_one(key)));
        let late = |_| Error::Unavailable(Cause::new("S3 took too long"));
        timeout(VERIFIED_WITHIN, verified).await.map_err(late)?.map(|_| ())
    }

    /// Keeps the images of a stored message: until their tag is taken away, the bucket may delete
    /// them. Doing it again does no harm; one that is gone is passed over.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not do it.
    pub async fn keep(&self, keys: &[String]) -> Result<(), Error> {
        let kept = try_join_all(keys.iter().map(|key| self.keep_one(key))).await;
        kept.map(|_| ()).map_err(|_| Error::Unavailable(Cause::new("S3 does not keep an image")))
    }

    async fn verify_one(&self, key: &str) -> Result<(), Error> {
        let object = self.client().get_object().bucket(&self.bucket).key(key).range(FIRST_BYTES);
        let object = object.send().await.map_err(|error| refusal(&error))?;
        // `bytes 0-31/123456` (RFC 9110, section 14.4).
        let size = object.content_range().and_then(|range| range.rsplit_once('/')?.1.parse().ok());
        let promised = object.content_type().and_then(ImageType::parse);
        let cut_off = |_| Error::Unavailable(Cause::new("S3 broke off"));
        let first_bytes = object.body.collect().await.map_err(cut_off)?.into_bytes();
        let is_image = promised.is_some() && promised == ImageType::of(&first_bytes);
        let fits = size.is_some_and(|size: i64| (1..=MAX_IMAGE_BYTES).contains(&size));
        if is_image && fits { Ok(()) } else { Err(Error::ImageInvalid) }
    }

    async fn keep_one(&self, key: &str) -> Result<(), Error> {
        let untag = self.client().delete_object_tagging().bucket(&self.bucket).key(key);
        match untag.send().await.map_err(|error| refusal(&error)) {
            Ok(_) | Err(Error::ImageNotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let endpoint = env::var("AWS_ENDPOINT_URL_S3").ok();
            let mut builder = config::Builder::new()
                .behavior_version_latest()
                .region(aws::region())
                .credentials_provider(aws::credentials())
                .http_client(self.http.clone())
                .retry_config(aws::no_retries())
                .timeout_config(aws::within(REQUEST_TIMEOUT))
                // A checksum in an upload's URL would be one that the client cannot know.
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                // A server of one's own has no host name for each bucket.
                .force_path_style(endpoint.is_some());
            builder.set_endpoint_url(endpoint);
            Client::from_conf(builder.build())
        })
    }
}

/// A signature's times are in whole seconds.
fn whole_seconds(time: SystemTime) -> OffsetDateTime {
    let time = OffsetDateTime::from(time);
    time.replace_nanosecond(0).unwrap_or(time)
}

/// What S3's refusal means for a message with this image.
fn refusal<E>(error: &SdkError<E>) -> Error {
    match error.raw_response().map(|response| response.status().as_u16()) {
        Some(404) => Error::ImageNotFound,
        // An empty object has no first bytes.
        Some(416) => Error::ImageInvalid,
        Some(status) => Error::Unavailable(Cause::new(format!("S3 answered {status}"))),
        None => Error::Unavailable(Cause::new("S3 does not answer")),
    }
}
