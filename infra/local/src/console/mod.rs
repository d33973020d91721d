//! The console: a page where one person writes as a customer and another as a dentist.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::endpoints::Endpoints;

/// Only what the stack itself serves may run; any port of this machine may be talked to.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: http://127.0.0.1:*; \
     connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// `/console` and what belongs to it, for the HTTP API's port.
pub fn router(endpoints: &Endpoints) -> Router {
    // The page needs no database's password.
    let endpoints = json!({"ws_api": endpoints.ws_api, "identity": endpoints.identity});
    Router::new()
        .route(
            "/console",
            get(async || page("text/html; charset=utf-8", include_str!("console.html"))),
        )
        .route(
            "/console/console.css",
            get(async || page("text/css; charset=utf-8", include_str!("console.css"))),
        )
        .route(
            "/console/console.js",
            get(async || page("text/javascript; charset=utf-8", include_str!("console.js"))),
        )
        .route("/console/endpoints.json", get(|| async move { Json(endpoints) }))
}

fn page(kind: &'static str, content: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content)
}
