//! The identity provider: keys, discovery and tokens in the shape of a Cognito user pool.

mod claims;
mod keys;

use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tower_http::cors::{Any, CorsLayer};

pub use self::claims::CLIENT_ID;
use self::claims::TokenRequest;
use self::keys::{KeyPair, load_or_generate};
use crate::failure::Failure;

/// The pool: its name as issuer and its keys.
pub struct Identity {
    issuer: String,
    // Cognito signs the two kinds of token with different keys.
    id_key: KeyPair,
    access_key: KeyPair,
}

impl Identity {
    /// Loads the pool's keys from the folder; makes them on the first start.
    ///
    /// # Errors
    /// When a key can be neither read nor made.
    pub async fn open(folder: &Path, issuer: String) -> Result<Self, Failure> {
        let (id_key, access_key) = tokio::try_join!(
            load_or_generate(folder.join("id-token-key.pem")),
            load_or_generate(folder.join("access-token-key.pem"))
        )?;
        Ok(Self { issuer, id_key, access_key })
    }

    /// `/.well-known/openid-configuration`, `/.well-known/jwks.json` and `POST /token`, open to any page.
    pub fn router(self) -> Router {
        let cors = CorsLayer::new()
            .allow_origin(Any)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::CONTENT_TYPE]);
        Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/.well-known/jwks.json", get(key_set))
            .route("/token", post(token))
            .layer(cors)
            .with_state(Arc::new(self))
    }

    /// A token as asked for.
    fn sign(&self, request: TokenRequest) -> Result<String, Failure> {
        let key = if request.is_access_token() { &self.access_key } else { &self.id_key };
        key.sign(&request.into_claims(&self.issuer, OffsetDateTime::now_utc().unix_timestamp()))
    }
}

async fn configuration(State(identity): State<Arc<Identity>>) -> Json<Value> {
    let issuer = &identity.issuer;
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "token_endpoint": format!("{issuer}/token"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
    }))
}

async fn key_set(State(identity): State<Arc<Identity>>) -> Json<Value> {
    Json(json!({"keys": [identity.id_key.public_key(), identity.access_key.public_key()]}))
}

async fn token(State(identity): State<Arc<Identity>>, body: Bytes) -> Response {
    let request = match serde_json::from_slice::<TokenRequest>(&body) {
        Ok(request) => request,
        Err(error) => {
            return refusal(StatusCode::BAD_REQUEST, "invalid_request", &error.to_string());
        }
    };
    match identity.sign(request) {
        Ok(token) => Json(json!({"token": token})).into_response(),
        Err(failure) => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "server_error", &failure.to_string())
        }
    }
}

fn refusal(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}
