//! The client of S3, and what its refusals mean.

use crate::{
    aws,
    error::{Cause, Error},
    http::Http,
};
use aws_sdk_s3::{
    Client,
    config::{self, RequestChecksumCalculation},
    error::SdkError,
};
use std::{env, time::Duration};

/// How long S3 may take for one request.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(1_500);

/// A client that retries nothing.
pub(super) fn new(http: &Http) -> Client {
    let endpoint = env::var("AWS_ENDPOINT_URL_S3").ok();
    let mut builder = config::Builder::new()
        .behavior_version_latest()
        .region(aws::region())
        .credentials_provider(aws::credentials())
        .http_client(http.clone())
        .retry_config(aws::no_retries())
        .timeout_config(aws::within(REQUEST_TIMEOUT))
        // A checksum in an upload's URL would be one that the client cannot know.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        // A server of one's own has no host name for each bucket.
        .force_path_style(endpoint.is_some());
    builder.set_endpoint_url(endpoint);
    Client::from_conf(builder.build())
}

/// What S3's refusal means for a message with this image.
pub(super) fn refusal<E>(error: &SdkError<E>) -> Error {
    match error.raw_response().map(|response| response.status().as_u16()) {
        Some(404) => Error::ImageNotFound,
        // An empty object has no first bytes.
        Some(416) => Error::ImageInvalid,
        Some(status) => Error::Unavailable(Cause::new(format!("S3 answered {status}"))),
        None => Error::Unavailable(Cause::new("S3 does not answer")),
    }
}
