//! S3 on a local folder: nothing without a good signature, and no object overwritten that must not be.

mod bucket;

use std::path::Path;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::{HeaderName, Method, StatusCode, header};
use s3s::HttpError;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tower_http::cors::{Any, CorsLayer};

use self::bucket::Buckets;
use crate::failure::Failure;

/// The bucket of the chat's images.
pub const IMAGE_BUCKET: &str = "chat-images";

/// The S3 API over the folder, with the image bucket in it, for one pair of credentials.
///
/// # Errors
/// When the folder cannot be made.
pub fn router(folder: &Path, access_key: &str, secret_key: &str) -> Result<Router, Failure> {
    let problem = || Failure::of(format!("cannot use {}", folder.display()));
    let (objects, tags) = (folder.join("objects"), folder.join("tags"));
    std::fs::create_dir_all(objects.join(IMAGE_BUCKET)).map_err(problem())?;
    let mut builder = S3ServiceBuilder::new(Buckets::open(objects, tags).map_err(problem())?);
    // With an authentication provider, s3s refuses whatever is not signed.
    builder.set_auth(SimpleAuth::from_single(access_key, secret_key));
    let service = HandleError::new(builder.build(), |_: HttpError| async {
        StatusCode::INTERNAL_SERVER_ERROR
    });
    Ok(Router::new().fallback_service(service).layer(cors()))
}

/// What the image bucket's CORS rules allow to browsers, for any page.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD, Method::PUT])
        .allow_headers(Any)
        .expose_headers([
            header::ETAG,
            header::CONTENT_RANGE,
            header::CONTENT_LENGTH,
            HeaderName::from_static("x-amz-request-id"),
        ])
}
