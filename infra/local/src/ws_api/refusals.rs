//! Frames that the gateway is told not to take, as it does when it is busy or in trouble.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use serde::Deserialize;

/// Which share of the posts to connections is refused; none at first.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Shares>);

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Shares {
    /// Answered with 429.
    throttled: f64,
    /// Answered with 500.
    failed: f64,
}

impl Shares {
    fn are_shares(self) -> bool {
        let all = self.throttled + self.failed;
        self.throttled >= 0.0 && self.failed >= 0.0 && all <= 1.0
    }

    /// What falls on a number that was drawn from 0 to 1.
    fn at(self, drawn: f64) -> Option<StatusCode> {
        if drawn < self.throttled {
            Some(StatusCode::TOO_MANY_REQUESTS)
        } else if drawn < self.throttled + self.failed {
            Some(StatusCode::INTERNAL_SERVER_ERROR)
        } else {
            None
        }
    }
}

impl Refusals {
    /// The status that the next post is refused with, if it is.
    pub(super) fn next(&self) -> Option<StatusCode> {
        let shares = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shares.at(rand::random())
    }
}

/// `PUT /connections/posts` with `{"throttled": 0.25, "failed": 0.25}`: 204. From now on this share of the
/// posts to `@connections` is answered with 429 and 500; a missing share is none.
pub fn router(refusals: Arc<Refusals>) -> Router {
    Router::new().route("/connections/posts", put(refuse)).with_state(refusals)
}

async fn refuse(State(refusals): State<Arc<Refusals>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Shares>(&body) {
        Ok(shares) if shares.are_shares() => {
            *refusals.0.lock().unwrap_or_else(PoisonError::into_inner) = shares;
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => (StatusCode::BAD_REQUEST, "shares are from 0 to 1, together too").into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_share() {
        let shares = Shares { throttled: 0.25, failed: 0.5 };
        assert_eq!(shares.at(0.0), Some(StatusCode::TOO_MANY_REQUESTS));
        assert_eq!(shares.at(0.25), Some(StatusCode::INTERNAL_SERVER_ERROR));
        assert_eq!(shares.at(0.75), None);
        assert_eq!(Shares::default().at(0.0), None);
    }

    #[test]
    fn what_is_no_share_is_none() {
        for (throttled, failed) in [(-0.1, 0.5), (0.6, 0.6), (f64::NAN, 0.0)] {
            assert!(!Shares { throttled, failed }.are_shares());
        }
        assert!(Shares { throttled: 0.5, failed: 0.5 }.are_shares());
    }
}
