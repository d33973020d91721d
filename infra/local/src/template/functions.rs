//! `AWS::Serverless::Function`: its settings and its events.

use std::collections::BTreeSet;
use std::time::Duration;

use super::apis::RouteOfApi;
use super::error::TemplateError;
use super::evaluate::Scope;
use super::node::{Node, Place};
use super::spec::{FunctionSpec, HttpRoute, RoleSpec, ScheduleSpec};

/// Properties that change what a function does here.
const HONORED: &[&str] = &[
    "Environment",
    "Events",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "PermissionsBoundary",
    "Policies",
    "ReservedConcurrentExecutions",
    "Runtime",
    "Timeout",
    "VpcConfig",
];

/// Properties that matter to the cloud only. `EventInvokeConfig`: a scheduled run that fails is not
/// repeated here before its next time.
const WITHOUT_EFFECT_HERE: &[&str] = &[
    "Architectures",
    "CodeUri",
    "Description",
    "EventInvokeConfig",
    "FunctionName",
    "KmsKeyArn",
    "Tags",
    "Tracing",
];

/// `Globals.Function`, if there is one.
pub(super) fn globals<'a>(root: &Place<'a>) -> Result<Option<Place<'a>>, TemplateError> {
    let Some(globals) = root.optional("Globals") else { return Ok(None) };
    let globals = Place::new("Globals", globals.node);
    globals.only(&["Function"])?;
    let Some(function) = globals.optional("Function") else { return Ok(None) };
    check_properties(&function)?;
    Ok(Some(function))
}

/// One function, and its routes at the HTTP API.
pub(super) fn function(
    scope: &Scope<'_>,
    resource: &Place<'_>,
    globals: Option<&Place<'_>>,
) -> Result<(FunctionSpec, Vec<RouteOfApi>), TemplateError> {
    let properties = resource.required("Properties")?;
    check_properties(&properties)?;
    let build = resource.required("Metadata")?.required("BuildProperties")?;
    let name = build.required("Binary")?.literal()?.to_owned();
    let setting = |key: &str| {
        properties.optional(key).or_else(|| globals.and_then(|globals| globals.optional(key)))
    };
    for (key, supported) in [("Runtime", "provided.al2023"), ("Handler", "bootstrap")] {
        let place = setting(key).ok_or_else(|| properties.error(format!("{key} is missing")))?;
        if scope.text(&place)?.as_deref() != Some(supported) {
            return Err(place.error(format!("must be {supported}")));
        }
    }
    let number =
        |key: &str, default: u64| setting(key).map_or(Ok(default), |place| scope.number(&place));
    let mut spec = FunctionSpec {
        logical_id: resource.path.clone(),
        timeout: Duration::from_secs(number("Timeout", 3)?),
        memory_mb: number("MemorySize", 128)?,
        reserved_concurrency: reserved(scope, &properties)?,
        schedules: Vec::new(),
        variables: variables(globals, &properties)?,
        role: role(&properties, setting),
        name,
    };
    let mut routes = Vec::new();
    if let Some(events) = properties.optional("Events") {
        for (key, event) in events.members()? {
            read_event(scope, key, &event, &mut spec, &mut routes)?;
        }
    }
    Ok((spec, routes))
}

/// Refuses a template in which two functions have one binary.
pub(super) fn unique(functions: &[FunctionSpec]) -> Result<(), TemplateError> {
    let mut names = BTreeSet::new();
    for function in functions {
        if !names.insert(&function.name) {
            let what = format!("another function has the binary {} already", function.name);
            return Err(TemplateError::new(&function.logical_id, what));
        }
    }
    Ok(())
}

fn check_properties(place: &Place<'_>) -> Result<(), TemplateError> {
    let known: Vec<&str> = HONORED.iter().chain(WITHOUT_EFFECT_HERE).copied().collect();
    place.only(&known)
}

fn role<'a>(properties: &Place<'a>, setting: impl Fn(&str) -> Option<Place<'a>>) -> RoleSpec {
    let node = |place: Option<Place<'a>>| place.map(|place| place.node.clone());
    let log_group = setting("LoggingConfig").and_then(|config| config.optional("LogGroup"));
    RoleSpec {
        policies: node(properties.optional("Policies")),
        boundary: node(setting("PermissionsBoundary")),
        log_group: node(log_group),
        is_in_vpc: setting("VpcConfig").is_some(),
    }
}

fn reserved(scope: &Scope<'_>, properties: &Place<'_>) -> Result<Option<usize>, TemplateError> {
    let Some(place) = properties.optional("ReservedConcurrentExecutions") else { return Ok(None) };
    let number = scope.number(&place)?;
    usize::try_from(number).map(Some).map_err(|_| place.error("is too large"))
}

/// The variables of `Globals` with the function's own over them.
fn variables(
    globals: Option<&Place<'_>>,
    properties: &Place<'_>,
) -> Result<Vec<(String, Node)>, TemplateError> {
    let mut variables: Vec<(String, Node)> = Vec::new();
    for place in globals.into_iter().chain([properties]) {
        let Some(environment) = place.optional("Environment") else { continue };
        environment.only(&["Variables"])?;
        for (name, value) in environment.required("Variables")?.members()? {
            variables.retain(|(known, _)| known != name);
            variables.push((name.to_owned(), value.node.clone()));
        }
    }
    Ok(variables)
}

fn read_event(
    scope: &Scope<'_>,
    key: &str,
    event: &Place<'_>,
    spec: &mut FunctionSpec,
    routes: &mut Vec<RouteOfApi>,
) -> Result<(), TemplateError> {
    let kind = event.required("Type")?;
    let properties = event.required("Properties")?;
    match kind.literal()? {
        "HttpApi" => routes.push(http_route(scope, &properties, &spec.name)?),
        "Schedule" => spec.schedules.extend(schedule(scope, key, &properties, "Schedule")?),
        "ScheduleV2" => {
            spec.schedules.extend(schedule(scope, key, &properties, "ScheduleExpression")?);
        }
        other => return Err(kind.error(format!("the local stack does not know {other} events"))),
    }
    if spec.schedules.len() > 1 {
        return Err(event.error("the local stack knows one schedule for a function only"));
    }
    Ok(())
}

fn http_route(
    scope: &Scope<'_>,
    properties: &Place<'_>,
    function: &str,
) -> Result<RouteOfApi, TemplateError> {
    properties.only(&["ApiId", "Auth", "Method", "Path", "PayloadFormatVersion"])?;
    if let Some(version) = properties.optional("PayloadFormatVersion")
        && scope.text(&version)?.as_deref() != Some("2.0")
    {
        return Err(version.error("must be \"2.0\""));
    }
    let authorizer = match properties.optional("Auth") {
        Some(auth) => {
            auth.only(&["Authorizer"])?;
            Some(auth.required("Authorizer")?.literal()?.to_owned())
        }
        None => None,
    };
    let method = properties.required("Method")?;
    if matches!(
        method.literal()?.to_ascii_uppercase().as_str(),
        "ANY" | "*" | "X-AMAZON-APIGATEWAY-ANY-METHOD"
    ) {
        return Err(method.error("must be one method: the local stack does not know ANY"));
    }
    let path = properties.required("Path")?;
    if !path.literal()?.starts_with('/') || path.literal()?.contains("+}") {
        return Err(path.error("must begin with / and have no {greedy+} parameter"));
    }
    Ok(RouteOfApi {
        api: properties.required("ApiId")?.resource()?.to_owned(),
        authorizer,
        place: properties.path.clone(),
        route: HttpRoute {
            method: method.literal()?.to_ascii_uppercase(),
            path: path.literal()?.to_owned(),
            function: function.to_owned(),
            authorized: false,
        },
    })
}

/// A schedule, unless it is switched off.
fn schedule(
    scope: &Scope<'_>,
    key: &str,
    properties: &Place<'_>,
    expression: &str,
) -> Result<Option<ScheduleSpec>, TemplateError> {
    properties.only(&[expression, "Description", "Enabled", "Name", "RetryPolicy", "State"])?;
    let place = properties.required(expression)?;
    let text = scope.text(&place)?.unwrap_or_default();
    let every = rate(&text).ok_or_else(|| place.error("must be rate(N minutes), hours or days"))?;
    for (switch, off) in [("Enabled", "false"), ("State", "DISABLED")] {
        if let Some(switch) = properties.optional(switch)
            && scope.text(&switch)?.as_deref() == Some(off)
        {
            return Ok(None);
        }
    }
    Ok(Some(ScheduleSpec { name: key.to_owned(), every }))
}

/// The time between two runs of `rate(1 minute)`.
fn rate(expression: &str) -> Option<Duration> {
    let (count, unit) =
        expression.strip_prefix("rate(")?.strip_suffix(')')?.trim().split_once(' ')?;
    let minutes = match unit.trim() {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        "day" | "days" => 24 * 60,
        _ => return None,
    };
    let count: u64 = count.parse().ok().filter(|count| *count > 0)?;
    Some(Duration::from_secs(count.checked_mul(minutes * 60)?))
}
