//! What S3 bills: requests, by two classes.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::Response;

use crate::bill::{Meter, Unit};

/// The same router, with every request billed.
pub fn metered(router: Router, meter: Meter) -> Router {
    router.layer(middleware::from_fn_with_state(meter, count))
}

async fn count(State(meter): State<Meter>, request: Request, next: Next) -> Response {
    let is_about_object = request.uri().path().trim_matches('/').contains('/');
    let is_list = request.method() == Method::GET && !is_about_object;
    match *request.method() {
        // Deleting is free; preflights are no requests of S3's.
        Method::DELETE | Method::OPTIONS => {}
        Method::GET | Method::HEAD if !is_list => meter.request(Unit::S3Reads),
        _ => meter.request(Unit::S3Writes),
    }
    next.run(request).await
}
