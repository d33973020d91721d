//! `AWS::Serverless::HttpApi` and `AWS::Serverless::WebSocketApi`.

use std::collections::BTreeMap;

use super::error::TemplateError;
use super::evaluate::Scope;
use super::node::Place;
use super::spec::{CorsSpec, FunctionSpec, HttpApiSpec, HttpRoute, WebSocketApiSpec};

/// The stage that SAM gives a WebSocket API that names none.
pub(super) const DEFAULT_STAGE: &str = "default";

/// A function's route, before it is known what its API says about authorizers.
pub(super) struct RouteOfApi {
    pub(super) api: String,
    /// The route's own authorizer; `NONE` for none.
    pub(super) authorizer: Option<String>,
    pub(super) place: String,
    pub(super) route: HttpRoute,
}

/// The HTTP API with all routes.
pub(super) fn http_api(
    scope: &Scope<'_>,
    apis: &[Place<'_>],
    routes: Vec<RouteOfApi>,
) -> Result<Option<HttpApiSpec>, TemplateError> {
    let api = match apis {
        [] => {
            return routes.first().map_or(Ok(None), |route| {
                Err(TemplateError::new(&route.place, format!("there is no HTTP API {}", route.api)))
            });
        }
        [api] => api,
        [_, second, ..] => return Err(second.error("the local stack serves one HTTP API only")),
    };
    let properties = api.required("Properties")?;
    // The last ones do not matter here: no log but the stack's own, no quotas.
    properties.only(&[
        "Auth",
        "CorsConfiguration",
        "FailOnWarnings",
        "StageName",
        "AccessLogSettings",
        "DefaultRouteSettings",
        "Description",
        "Name",
        "RouteSettings",
        "Tags",
    ])?;
    if let Some(stage) = properties.optional("StageName")
        && scope.text(&stage)?.as_deref() != Some("$default")
    {
        return Err(stage.error("must be $default: the local stack's paths have no stage"));
    }
    let authorizers = JwtAuthorizers::read(&properties)?;
    let routes = routes
        .into_iter()
        .map(|route| authorizers.apply(&api.path, route))
        .collect::<Result<_, _>>()?;
    let cors =
        properties.optional("CorsConfiguration").map(|place| cors(scope, &place)).transpose()?;
    Ok(Some(HttpApiSpec { routes, cors }))
}

struct JwtAuthorizers<'a> {
    names: Vec<&'a str>,
    default: Option<&'a str>,
}

impl<'a> JwtAuthorizers<'a> {
    fn read(properties: &Place<'a>) -> Result<Self, TemplateError> {
        let Some(auth) = properties.optional("Auth") else {
            return Ok(Self { names: Vec::new(), default: None });
        };
        auth.only(&["Authorizers", "DefaultAuthorizer"])?;
        let mut names = Vec::new();
        for (name, authorizer) in auth.required("Authorizers")?.members()? {
            // Issuer and audiences are those of the local identity provider.
            authorizer.only(&["IdentitySource", "JwtConfiguration"])?;
            authorizer.required("JwtConfiguration")?.only(&["audience", "issuer"])?;
            if let Some(source) = authorizer.optional("IdentitySource")
                && !source.literal()?.eq_ignore_ascii_case("$request.header.Authorization")
            {
                return Err(source.error("must be $request.header.Authorization"));
            }
            names.push(name);
        }
        let default =
            auth.optional("DefaultAuthorizer").map(|place| place.literal()).transpose()?;
        Ok(Self { names, default })
    }

    fn apply(&self, api: &str, route: RouteOfApi) -> Result<HttpRoute, TemplateError> {
        if route.api != api {
            return Err(TemplateError::new(
                &route.place,
                format!("there is no HTTP API {}", route.api),
            ));
        }
        let authorized = match route.authorizer.as_deref().or(self.default) {
            None | Some("NONE") => false,
            Some(name) if self.names.contains(&name) => true,
            Some(name) => {
                return Err(TemplateError::new(
                    &route.place,
                    format!("there is no authorizer {name}"),
                ));
            }
        };
        Ok(HttpRoute { authorized, ..route.route })
    }
}

fn cors(scope: &Scope<'_>, place: &Place<'_>) -> Result<CorsSpec, TemplateError> {
    place.only(&[
        "AllowCredentials",
        "AllowHeaders",
        "AllowMethods",
        "AllowOrigins",
        "ExposeHeaders",
        "MaxAge",
    ])?;
    let list = |key: &str| place.optional(key).map_or(Ok(Vec::new()), |place| scope.list(&place));
    let credentials =
        place.optional("AllowCredentials").map_or(Ok(None), |place| scope.text(&place))?;
    Ok(CorsSpec {
        allow_origins: list("AllowOrigins")?,
        allow_methods: list("AllowMethods")?,
        allow_headers: list("AllowHeaders")?.iter().map(|name| name.to_ascii_lowercase()).collect(),
        expose_headers: list("ExposeHeaders")?,
        max_age: place.optional("MaxAge").map(|place| scope.number(&place)).transpose()?,
        allow_credentials: credentials.as_deref() == Some("true"),
    })
}

/// The WebSocket API.
pub(super) fn ws_api(
    scope: &Scope<'_>,
    apis: &[Place<'_>],
    functions: &[FunctionSpec],
) -> Result<Option<WebSocketApiSpec>, TemplateError> {
    let api = match apis {
        [] => return Ok(None),
        [api] => api,
        [_, second, ..] => {
            return Err(second.error("the local stack serves one WebSocket API only"));
        }
    };
    let properties = api.required("Properties")?;
    properties.only(&[
        "Auth",
        "RouteSelectionExpression",
        "Routes",
        "StageName",
        "AccessLogSettings",
        "DefaultRouteSettings",
        "Description",
        "Name",
        "RouteSettings",
        "Tags",
    ])?;
    let selection = properties.required("RouteSelectionExpression")?;
    if selection.literal()? != "$request.body.action" {
        return Err(selection.error("must be $request.body.action"));
    }
    let mut routes = BTreeMap::new();
    for (key, route) in properties.required("Routes")?.members()? {
        route.only(&["FunctionArn"])?;
        routes.insert(key.to_owned(), function_name(&route.required("FunctionArn")?, functions)?);
    }
    let stage = match properties.optional("StageName") {
        Some(stage) => scope.text(&stage)?.unwrap_or_default(),
        None => DEFAULT_STAGE.to_owned(),
    };
    Ok(Some(WebSocketApiSpec { routes, authorizer: ws_authorizer(&properties, functions)?, stage }))
}

fn ws_authorizer(
    properties: &Place<'_>,
    functions: &[FunctionSpec],
) -> Result<Option<String>, TemplateError> {
    let Some(auth) = properties.optional("Auth") else { return Ok(None) };
    auth.only(&["AuthArn", "AuthType"])?;
    let kind = auth.required("AuthType")?;
    match kind.literal()? {
        "NONE" => Ok(None),
        "CUSTOM" => function_name(&auth.required("AuthArn")?, functions).map(Some),
        _ => Err(kind.error("must be CUSTOM or NONE")),
    }
}

fn function_name(place: &Place<'_>, functions: &[FunctionSpec]) -> Result<String, TemplateError> {
    let logical_id = place.resource()?;
    let function = functions.iter().find(|function| function.logical_id == logical_id);
    function
        .map(|function| function.name.clone())
        .ok_or_else(|| place.error(format!("there is no function {logical_id}")))
}
