//! The HTTP API: the template's routes, its JWT authorizer and its CORS, in front of the functions.

mod answer;
mod authorizer;
mod cors;
mod event;
mod keys;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::serve::ListenerExt;
use serde_json::json;
use tokio::net::TcpListener;

use self::authorizer::Authorizer;
use self::authorizer::Denied;
pub use self::authorizer::JwtSettings;
use self::event::Context;
use self::routes::{Match, Routes};
use crate::bill::Meter;
use crate::body;
use crate::gateway_id::new_id;
use crate::lambda::{InvokeError, Lambda};
use crate::log::Log;
use crate::template::{CorsSpec, HttpApiSpec};
use crate::throttle::{Rate, Throttle};

/// How long a function may take to answer.
const INTEGRATION_LIMIT: Duration = Duration::from_secs(30);
/// How large a request's body may be.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// How long a line of the access log is, about: the template's format with what it stands for.
const ACCESS_LINE: usize = 300;
const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// The gateway of the HTTP API.
#[derive(Debug)]
pub struct HttpApi {
    routes: Routes,
    cors: Option<CorsSpec>,
    authorizer: Authorizer,
    throttle: Throttle,
    lambda: Arc<Lambda>,
    log: Log,
    meter: Meter,
}

impl HttpApi {
    /// The gateway for the template's API.
    #[must_use]
    pub fn new(
        spec: HttpApiSpec,
        jwt: JwtSettings,
        rate: Rate,
        lambda: Arc<Lambda>,
        log: Log,
        meter: Meter,
    ) -> Arc<Self> {
        let (routes, authorizer) = (Routes::new(spec.routes), Authorizer::new(jwt));
        let throttle = Throttle::new(rate);
        Arc::new(Self { routes, cors: spec.cors, authorizer, throttle, lambda, log, meter })
    }

    /// Serves the API for ever. Paths of `console` go there instead.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, console: Router) {
        let router = console.fallback_service(Router::new().fallback(handle).with_state(self));
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        // It never returns an error.
        let _ =
            axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await;
    }

    /// What the gateway answers, before CORS and the request id.
    async fn answer(
        &self,
        parts: &Parts,
        body: Body,
        source: SocketAddr,
        request_id: &str,
    ) -> Response<Body> {
        if !self.throttle.admits(Instant::now()) {
            return message(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        }
        let Some(found) = self.routes.find(parts.method.as_str(), parts.uri.path()) else {
            return message(StatusCode::NOT_FOUND, "Not Found");
        };
        let claims = if found.route.authorized {
            match self.authorizer.check(&parts.headers).await {
                Ok(claims) => Some(claims),
                Err(denied) => return self.denied(&denied),
            }
        } else {
            None
        };
        let Some(body) = body::read(body, BODY_LIMIT).await else {
            return message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        let (context, request_bytes) =
            (Context { request_id, source: source.ip(), found: &found, claims }, body.len());
        let response = self.invoke(&found, event::event(parts, &body, context)).await;
        let answer_bytes = usize::try_from(response.body().size_hint().lower()).unwrap_or_default();
        self.meter.http_call(request_bytes.max(answer_bytes));
        self.meter.logged(ACCESS_LINE);
        response
    }

    async fn invoke(&self, found: &Match<'_>, event: bytes::Bytes) -> Response<Body> {
        let function = &found.route.function;
        match self.lambda.invoke(function, event, Some(INTEGRATION_LIMIT)).await {
            Ok(payload) => answer::response(payload).unwrap_or_else(|what| {
                self.log.line(
                    "http-api",
                    &format!("{function} answered something that is no response: {what}"),
                );
                message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }),
            Err(InvokeError::Timeout(_) | InvokeError::NoEnvironment) => {
                message(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Err(InvokeError::PayloadTooLarge) => {
                message(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
            }
            Err(error) => {
                self.log.line("http-api", &format!("{function} failed: {error}"));
                message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
        }
    }

    fn denied(&self, denied: &Denied) -> Response<Body> {
        let challenge = match denied {
            Denied::NoToken => "Bearer".to_owned(),
            Denied::BadToken(why) => {
                format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{why}\"")
            }
            Denied::NoKeys(why) => {
                self.log.line("http-api", &format!("the identity provider's keys: {why}"));
                return message(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
            }
        };
        let mut response = message(StatusCode::UNAUTHORIZED, "Unauthorized");
        if let Ok(challenge) = HeaderValue::try_from(challenge) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

async fn handle(
    State(api): State<Arc<HttpApi>>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let request_id = new_id();
    let preflight = api.cors.as_ref().and_then(|cors| cors::preflight(cors, &parts));
    let mut response = if let Some(response) = preflight {
        response
    } else {
        let mut response = api.answer(&parts, body, source, &request_id).await;
        if let Some(cors) = &api.cors {
            cors::apply(cors, parts.headers.get(header::ORIGIN), &mut response);
        }
        response
    };
    if let Ok(value) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// What the gateway says by itself.
fn message(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({"message": text}).to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
