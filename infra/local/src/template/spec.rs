//! What the local stack takes from the template.

use std::collections::BTreeMap;
use std::time::Duration;

use super::node::Node;

/// One `AWS::Serverless::Function`.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// The name of its binary, which is its name everywhere on this machine.
    pub name: String,
    /// Its key under `Resources`.
    pub logical_id: String,
    /// How long one invocation may take, work after the answer included.
    pub timeout: Duration,
    /// In megabytes; told to the function, not enforced.
    pub memory_mb: u64,
    /// How many environments it may have at once, if the template limits them.
    pub reserved_concurrency: Option<usize>,
    /// When it is run by the clock.
    pub schedules: Vec<ScheduleSpec>,
    pub(super) variables: Vec<(String, Node)>,
    pub(super) role: RoleSpec,
}

impl FunctionSpec {
    /// The parameter that an environment variable refers to; empty if it is no such reference, none if
    /// the function has no such variable.
    #[must_use]
    pub fn parameter_of(&self, variable: &str) -> Option<&str> {
        let (_, node) = self.variables.iter().find(|(name, _)| name == variable)?;
        Some(match node {
            Node::Call(call, id) if call == "Ref" => match id.as_ref() {
                Node::Text(id) => id,
                _ => "",
            },
            _ => "",
        })
    }
}

/// What a function's role is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct RoleSpec {
    pub(super) policies: Option<Node>,
    pub(super) boundary: Option<Node>,
    pub(super) log_group: Option<Node>,
    pub(super) is_in_vpc: bool,
}

/// A `Schedule` or `ScheduleV2` event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleSpec {
    /// The event's key under the function's `Events`.
    pub name: String,
    /// The time between two runs.
    pub every: Duration,
}

/// The `AWS::Serverless::HttpApi` with its routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpApiSpec {
    /// Every route of every function.
    pub routes: Vec<HttpRoute>,
    /// The API's answers to browsers of other origins.
    pub cors: Option<CorsSpec>,
}

/// One route of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    /// In capital letters.
    pub method: String,
    /// With `{parameters}`.
    pub path: String,
    /// The name of the function that answers.
    pub function: String,
    /// Whether the JWT authorizer stands before it.
    pub authorized: bool,
}

/// `CorsConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsSpec {
    /// `*` or origins.
    pub allow_origins: Vec<String>,
    /// `*` or methods.
    pub allow_methods: Vec<String>,
    /// `*` or header names, in lower case.
    pub allow_headers: Vec<String>,
    /// Header names that a page may read.
    pub expose_headers: Vec<String>,
    /// Seconds for which a browser may remember a preflight.
    pub max_age: Option<u64>,
    /// Whether cookies may come along.
    pub allow_credentials: bool,
}

/// The `AWS::Serverless::WebSocketApi`; its routes select by `$request.body.action`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketApiSpec {
    /// Route key (`$connect`, `$disconnect`, `$default` or an action) → function name.
    pub routes: BTreeMap<String, String>,
    /// The function that decides about `$connect`, if there is one.
    pub authorizer: Option<String>,
    /// The name of the stage, which is the first part of its path.
    pub stage: String,
}
