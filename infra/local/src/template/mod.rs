//! `template.yaml` as the local stack understands it: the only list of functions, routes, timeouts
//! and environment variables. What it does not understand where it matters is an error.

mod apis;
mod bucket_spec;
mod buckets;
mod error;
mod evaluate;
mod functions;
mod names;
mod node;
mod rights;
mod spec;
mod statements;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub use self::bucket_spec::{
    BucketCors, BucketSpec, LifecycleRule, LockMode, ObjectLock, Retention,
};
pub use self::error::TemplateError;
use self::evaluate::{ResourceName, Scope};
use self::node::{Node, Place};
pub use self::rights::TemplateRights;
pub use self::spec::{
    CorsSpec, FunctionSpec, HttpApiSpec, HttpRoute, ScheduleSpec, WebSocketApiSpec,
};

/// Resources that have no counterpart on this machine, or that the stack makes by other means.
const WITHOUT_EFFECT_HERE: &[&str] = &[
    "AWS::CloudFormation::Stack",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Topic",
    "AWS::Serverless::Application",
];

/// The template.
#[derive(Clone, Debug)]
pub struct Template {
    /// Every function, in the order of the template.
    pub functions: Vec<FunctionSpec>,
    /// The HTTP API, if there is one.
    pub http_api: Option<HttpApiSpec>,
    /// The WebSocket API, if there is one.
    pub ws_api: Option<WebSocketApiSpec>,
    /// Every bucket.
    pub buckets: Vec<BucketSpec>,
    file: String,
    parameters: Node,
    conditions: Node,
    overrides: BTreeMap<String, String>,
    /// Those that exist: logical id, type and the whole.
    resources: Vec<(String, String, Node)>,
}

impl Template {
    /// Reads the template from a file. `parameters` are values instead of the parameters' defaults.
    ///
    /// # Errors
    /// The file cannot be read, or see [`Template::parse`].
    pub fn load(path: &Path, parameters: BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let file = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| TemplateError::new(&file, error))?;
        Self::parse(&file, &text, parameters)
    }

    /// Reads the template from a text; `file` is its name in errors.
    ///
    /// # Errors
    /// It is not YAML, or has a resource, property, event or intrinsic function that the stack would
    /// have to honor and cannot.
    pub fn parse(
        file: &str,
        text: &str,
        parameters: BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let yaml = serde_norway::from_str(text).map_err(|error| TemplateError::new(file, error))?;
        let root = node::from_yaml(yaml).map_err(|error| TemplateError::new(file, error))?;
        let part = |key: &str| root.get(key).cloned().unwrap_or(Node::Map(Vec::new()));
        let mut template = Self {
            functions: Vec::new(),
            http_api: None,
            ws_api: None,
            buckets: Vec::new(),
            file: file.to_owned(),
            parameters: part("Parameters"),
            conditions: part("Conditions"),
            overrides: parameters,
            resources: Vec::new(),
        };
        template.read(&root).map_err(|error| template.located(&error))?;
        Ok(template)
    }

    /// The environment variables of a function. In this order: a `!Ref` to a parameter for which
    /// [`Template::load`] was given a value; the value in `supplied`, by the variable's name; what the
    /// template says.
    ///
    /// # Errors
    /// None of these gives a value.
    pub fn resolve(
        &self,
        function: &FunctionSpec,
        supplied: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, TemplateError> {
        let mut resolved = BTreeMap::new();
        for (name, node) in &function.variables {
            let place =
                Place::new(format!("{}.Environment.Variables.{name}", function.logical_id), node);
            let overridden = matches!(node, Node::Call(call, id)
                if call == "Ref" && matches!(id.as_ref(), Node::Text(id) if self.overrides.contains_key(id)));
            let value = match supplied.get(name) {
                Some(value) if !overridden => Some(value.clone()),
                _ if let Some(bucket) = self.bucket(node) => Some(bucket.name.clone()),
                _ => self.scope().text(&place).map_err(|error| self.located(&error))?,
            };
            resolved.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(resolved)
    }

    /// The names of all environment variables of all functions.
    #[must_use]
    pub fn variable_names(&self) -> BTreeSet<&str> {
        self.functions
            .iter()
            .flat_map(|function| &function.variables)
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Whether it has a parameter of that name.
    #[must_use]
    pub fn has_parameter(&self, name: &str) -> bool {
        self.parameters.get(name).is_some()
    }

    /// The stage of the WebSocket API, which is the first part of its paths.
    #[must_use]
    pub fn ws_stage(&self) -> &str {
        self.ws_api.as_ref().map_or(apis::DEFAULT_STAGE, |api| &api.stage)
    }

    /// What each function may do, and what the buckets' policies say about everyone.
    ///
    /// # Errors
    /// A policy has something that the local stack does not understand.
    pub fn rights(&self) -> Result<TemplateRights, TemplateError> {
        self.read_rights().map_err(|error| self.located(&error))
    }

    fn read_rights(&self) -> Result<TemplateRights, TemplateError> {
        let roles = self.functions.iter().map(|function| names::of_role(&function.logical_id));
        let mut resources: BTreeMap<_, _> = roles.collect();
        for (id, kind, node) in &self.resources {
            let place = Place::new(id, node);
            resources.insert(id.clone(), names::of(&self.scope(), kind, &place)?);
        }
        let scope = Scope { resources: &resources, ..self.scope() };
        rights::read(&scope, &self.functions, &self.resources)
    }

    /// The bucket that a `!Ref` names.
    fn bucket(&self, node: &Node) -> Option<&BucketSpec> {
        let Node::Call(call, id) = node else { return None };
        let Node::Text(id) = id.as_ref() else { return None };
        self.buckets.iter().find(|bucket| call == "Ref" && bucket.logical_id == *id)
    }

    fn scope(&self) -> Scope<'_> {
        static NONE: BTreeMap<String, ResourceName> = BTreeMap::new();
        Scope {
            resources: &NONE,
            parameters: Place::new("Parameters", &self.parameters),
            conditions: Place::new("Conditions", &self.conditions),
            overrides: &self.overrides,
        }
    }

    fn located(&self, error: &TemplateError) -> TemplateError {
        TemplateError::new(&self.file, error)
    }

    /// Reads every resource: first the functions, since the APIs refer to them.
    fn read(&mut self, root: &Node) -> Result<(), TemplateError> {
        let root = Place::new("(template)", root);
        root.only(&[
            "AWSTemplateFormatVersion",
            "Conditions",
            "Description",
            "Globals",
            "Metadata",
            "Outputs",
            "Parameters",
            "Resources",
            "Rules",
            "Transform",
        ])?;
        let globals = functions::globals(&root)?;
        let mut http_apis = Vec::new();
        let mut ws_apis = Vec::new();
        let mut routes = Vec::new();
        for (logical_id, node) in resources(&root)? {
            let resource = Place::new(logical_id, node);
            if !self.exists(&resource)? {
                continue;
            }
            let kind = resource.required("Type")?.literal()?;
            self.resources.push((logical_id.to_owned(), kind.to_owned(), node.clone()));
            match kind {
                "AWS::Serverless::Function" => {
                    let (function, its_routes) =
                        functions::function(&self.scope(), &resource, globals.as_ref())?;
                    routes.extend(its_routes);
                    self.functions.push(function);
                }
                "AWS::Serverless::HttpApi" => http_apis.push(resource),
                "AWS::Serverless::WebSocketApi" => ws_apis.push(resource),
                "AWS::S3::Bucket" => {
                    self.buckets.push(buckets::bucket(&self.scope(), &resource)?);
                }
                kind if WITHOUT_EFFECT_HERE.contains(&kind) => {}
                kind => return Err(resource.error(format!("the local stack does not know {kind}"))),
            }
        }
        self.http_api = apis::http_api(&self.scope(), &http_apis, routes)?;
        self.ws_api = apis::ws_api(&self.scope(), &ws_apis, &self.functions)?;
        functions::unique(&self.functions)
    }

    /// Whether a resource's `Condition`, if it has one, holds.
    fn exists(&self, resource: &Place<'_>) -> Result<bool, TemplateError> {
        match resource.optional("Condition") {
            Some(condition) => self.scope().condition(&condition, condition.literal()?),
            None => Ok(true),
        }
    }
}

fn resources<'a>(root: &Place<'a>) -> Result<Vec<(&'a str, &'a Node)>, TemplateError> {
    let members = root.required("Resources")?.members()?;
    Ok(members.into_iter().map(|(logical_id, place)| (logical_id, place.node)).collect())
}
