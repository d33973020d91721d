//! S3 on a local folder: nothing without a good signature, and no object overwritten that must not be.
//!
//! The buckets are the template's: versions, object lock, rules for expiry and for pages of other
//! origins are as it says.

mod access;
mod action;
mod bucket;
mod cors;
mod credential;
mod history;
pub mod lifecycle;
mod listing;
mod lock;
mod multipart;
mod plain;
mod plain_objects;
mod requests;
mod versioned;
mod versioned_api;

use std::sync::Arc;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use axum::middleware;
use s3s::HttpError;
use s3s::service::S3ServiceBuilder;

use self::access::{Access, Keys};
pub use self::bucket::Buckets;
pub use self::requests::metered;
use crate::iam::Iam;

/// The bucket of the chat's images.
pub const IMAGE_BUCKET: &str = "chat-images";

/// The S3 API over the buckets, for whoever has the right.
pub fn router(buckets: &Buckets, iam: &Arc<Iam>) -> Router {
    let mut builder = S3ServiceBuilder::new(buckets.clone());
    // With an authentication provider, s3s refuses whatever is not signed.
    builder.set_auth(Keys(iam.clone()));
    builder.set_access(Access { iam: iam.clone(), buckets: buckets.clone() });
    let service = HandleError::new(builder.build(), |_: HttpError| async {
        StatusCode::INTERNAL_SERVER_ERROR
    });
    let cors = middleware::from_fn_with_state(buckets.clone(), cors::apply);
    Router::new().fallback_service(service).layer(cors)
}
