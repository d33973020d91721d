//! S3, as those see it who keep records: the bucket of exports, holds and tombstones, and every version of
//! whatever is to be erased.

mod erase;
pub mod upload;

use crate::{
    aws,
    config::Config,
    error::{Cause, Error},
    http::Http,
};
use aws_sdk_s3::{
    Client,
    config::{self, RequestChecksumCalculation},
    error::SdkError,
    primitives::ByteStream,
    types::ObjectLockMode,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::Crc;
use std::{
    env,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

/// How long S3 may take for one request; parts of an export are megabytes.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The buckets. The client is made when it is first needed.
pub struct Vault {
    images: String,
    records: Option<String>,
    locked_for: Duration,
    http: Http,
    client: OnceLock<Client>,
    now: fn() -> SystemTime,
}

impl Vault {
    /// The buckets as configured; `now` tells the time that locks begin at.
    #[must_use]
    pub fn new(config: &Config, http: Http, now: fn() -> SystemTime) -> Self {
        let (images, records) = (config.image_bucket.clone(), config.records_bucket.clone());
        let locked_for = Duration::from_hours(24 * u64::from(config.tombstone_days));
        Self { images, records, locked_for, http, client: OnceLock::new(), now }
    }

    /// Writes an object that nobody can delete or change for the time that tombstones have: written again,
    /// it is another version beside it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not take it.
    pub async fn engrave(&self, key: &str, text: String) -> Result<(), Error> {
        let until = (self.now)() + self.locked_for;
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        let put = self.client().put_object().bucket(self.records()?).key(key);
        let put = put
            .content_type("application/json")
            .body(ByteStream::from(text.into_bytes()))
            // What is locked must come with a checksum in its headers.
            .checksum_crc32(STANDARD.encode(crc.sum().to_be_bytes()))
            .object_lock_mode(ObjectLockMode::Governance)
            .object_lock_retain_until_date(until.into());
        put.send().await.map(|_| ()).map_err(|error| trouble(&error))
    }

    /// Writes an object where none is. Tells whether it did.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not take it.
    pub async fn write_once(&self, key: &str, text: String) -> Result<bool, Error> {
        let put = self.client().put_object().bucket(self.records()?).key(key).if_none_match("*");
        let put = put.content_type("application/json").body(ByteStream::from(text.into_bytes()));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if matches!(status(&error), Some(409 | 412)) => Ok(false),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// An object of the records' bucket; none if there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not answer.
    pub async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.get(self.records()?, key).await
    }

    /// An image; none if there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not answer.
    pub async fn image(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.get(&self.images, key).await
    }

    async fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let object = match self.client().get_object().bucket(bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) if status(&error) == Some(404) => return Ok(None),
            Err(error) => return Err(trouble(&error)),
        };
        let cut_off = |_| Error::Unavailable(Cause::new("S3 broke off"));
        Ok(Some(object.body.collect().await.map_err(cut_off)?.to_vec()))
    }

    /// Up to a thousand keys of the records' bucket with this beginning, after this one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not answer.
    pub async fn keys(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, Error> {
        let list = self.client().list_objects_v2().bucket(self.records()?).prefix(prefix);
        let list = list.set_start_after(after.map(str::to_owned));
        let listed = list.send().await.map_err(|error| trouble(&error))?;
        Ok(listed.contents().iter().filter_map(|object| object.key.clone()).collect())
    }

    fn records(&self) -> Result<&str, Error> {
        let missing =
            || Error::Internal(Cause::new("environment variable RECORDS_BUCKET is missing"));
        self.records.as_deref().ok_or_else(missing)
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
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                // A server of one's own has no host name for each bucket.
                .force_path_style(endpoint.is_some());
            builder.set_endpoint_url(endpoint);
            Client::from_conf(builder.build())
        })
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn trouble<E>(error: &SdkError<E>) -> Error {
    Error::Unavailable(Cause::new(match status(error) {
        Some(status) => format!("S3 answered {status}"),
        None => "S3 does not answer".to_owned(),
    }))
}
