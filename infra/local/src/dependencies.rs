//! The controls that take databases and stand-ins down, freeze them and bring them back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::databases::DatabaseServer;
use crate::failure::Failure;
use crate::network::Network;
use crate::settings::FORGETFUL;
use crate::switchable::SwitchableServer;

/// Something that the service depends on, and how it can be disturbed.
pub enum Dependency {
    /// A database server of the stack's own, and the way to it if that is to be disturbed too.
    Server(Arc<DatabaseServer>, Option<Network>),
    /// A server that was there before the stack: not ours to stop.
    External,
    /// A part of the stack.
    StandIn(Arc<SwitchableServer>),
}

/// The state that a dependency is told to be in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// Answering.
    Up,
    /// Stopped hard: connections are cut and refused.
    Down,
    /// Not answering, with its connections open.
    Frozen,
    /// Killed hard and answering again.
    Restarted,
    /// Answering, but not over the connections there are: they stay open and silent.
    Forgotten,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    state: Condition,
}

/// All dependencies by name; one change at a time for each.
type Dependencies = Arc<BTreeMap<&'static str, Arc<Mutex<Dependency>>>>;

/// `PUT /dependencies/{name}` with `{"state": "up" | "down" | "frozen" | "restarted" | "forgotten"}`: 204 when
/// it is so.
pub fn router(dependencies: impl IntoIterator<Item = (&'static str, Dependency)>) -> Router {
    let shared = |dependency| Arc::new(Mutex::new(dependency));
    let dependencies: Dependencies = Arc::new(
        dependencies.into_iter().map(|(name, dependency)| (name, shared(dependency))).collect(),
    );
    Router::new().route("/dependencies/{name}", put(change)).with_state(dependencies)
}

async fn change(
    State(dependencies): State<Dependencies>,
    Path(name): Path<String>,
    body: Bytes,
) -> Response {
    let Some(dependency) = dependencies.get(name.as_str()) else {
        let known = dependencies.keys().copied().collect::<Vec<_>>().join(", ");
        return problem(
            StatusCode::NOT_FOUND,
            &format!("there is no dependency \"{name}\"; there are {known}"),
        );
    };
    let condition = match serde_json::from_slice::<Change>(&body) {
        Ok(change) => change.state,
        Err(error) => {
            return problem(
                StatusCode::BAD_REQUEST,
                &format!("expected {{\"state\": …}}: {error}"),
            );
        }
    };
    let dependency = dependency.clone().lock_owned().await;
    if matches!(*dependency, Dependency::External) {
        let line =
            format!("{name} is a server that the stack did not start, so it cannot be controlled");
        return problem(StatusCode::CONFLICT, &line);
    }
    if condition == Condition::Forgotten && !dependency.can_be_forgotten() {
        let line =
            format!("start the stack with {FORGETFUL}=1 to have connections to {name} forgotten");
        return problem(StatusCode::CONFLICT, &line);
    }
    // A task of its own, which goes on when the client hangs up: no change is left half done.
    let set = tokio::spawn(async move { dependency.set(condition).await });
    match set.await.unwrap_or_else(|error| Err(Failure::new(error.to_string()))) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(failure) => problem(StatusCode::INTERNAL_SERVER_ERROR, &failure.to_string()),
    }
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body =
        json!({"type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail});
    (status, [("content-type", "application/problem+json")], Json(body)).into_response()
}

impl Dependency {
    fn can_be_forgotten(&self) -> bool {
        !matches!(self, Self::Server(_, None) | Self::External)
    }

    async fn set(&self, condition: Condition) -> Result<(), Failure> {
        if matches!(condition, Condition::Down | Condition::Restarted) {
            match self {
                Self::Server(server, _) => server.down().await,
                Self::StandIn(stand_in) => stand_in.down().await,
                Self::External => {}
            }
        }
        match (condition, self) {
            (Condition::Down, _) | (_, Self::External) => Ok(()),
            (Condition::Up | Condition::Restarted, Self::Server(server, _)) => server.up().await,
            (Condition::Up | Condition::Restarted, Self::StandIn(stand_in)) => stand_in.up().await,
            (Condition::Frozen, Self::Server(server, _)) => server.freeze().await,
            (Condition::Frozen, Self::StandIn(stand_in)) => stand_in.freeze().await,
            (Condition::Forgotten, Self::Server(_, network)) => {
                network.iter().for_each(Network::forget);
                Ok(())
            }
            (Condition::Forgotten, Self::StandIn(stand_in)) => {
                stand_in.forget();
                Ok(())
            }
        }
    }
}
