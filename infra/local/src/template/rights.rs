//! Who may do what: policies, boundaries and the buckets' own policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::TemplateError;
use super::evaluate::Scope;
use super::node::{Node, Place};
use super::spec::FunctionSpec;
use super::statements;
use crate::aws_names::{arn, physical_name};
use crate::iam::{Effect, Pattern, Policy, Rights, Selection, Statement};

const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
const BUCKET_POLICY: &str = "AWS::S3::BucketPolicy";

/// What AWS's own policies allow that SAM adds to every function's role.
const LOGS: &[&str] = &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
/// The same for functions in a VPC.
const NETWORK: &[&str] = &[
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/// What the template says about rights.
#[derive(Clone, Debug)]
pub struct TemplateRights {
    /// Function → what it may do.
    pub functions: BTreeMap<String, Rights>,
    /// The policies of buckets.
    pub of_buckets: Vec<Policy>,
    /// Function → actions and resources that Lambda asks for in the function's name to run it at all.
    pub duties: BTreeMap<String, Vec<(&'static str, String)>>,
}

/// Logical id, type and the whole of each resource.
type Resources = [(String, String, Node)];

pub(super) fn read(
    scope: &Scope<'_>,
    functions: &[FunctionSpec],
    resources: &Resources,
) -> Result<TemplateRights, TemplateError> {
    let reader = Reader { scope, managed: managed(scope, resources)? };
    let mut rights = TemplateRights {
        functions: BTreeMap::new(),
        of_buckets: Vec::new(),
        duties: BTreeMap::new(),
    };
    for function in functions {
        rights.functions.insert(function.name.clone(), reader.rights(function)?);
        rights.duties.insert(function.name.clone(), duties(scope, function)?);
    }
    for (id, kind, node) in resources {
        match kind.as_str() {
            BUCKET_POLICY => {
                let properties = Place::new(id, node).required("Properties")?;
                properties.only(&["Bucket", "PolicyDocument"])?;
                let document = properties.required("PolicyDocument")?;
                rights.of_buckets.push(statements::of_resource(scope, id, &document)?);
            }
            "AWS::IAM::Policy" => {
                let what =
                    "the local stack gives a function what its Policies list, and nothing else";
                return Err(Place::new(id, node).error(what));
            }
            _ => {}
        }
    }
    Ok(rights)
}

/// The managed policies of the template.
fn managed(
    scope: &Scope<'_>,
    resources: &Resources,
) -> Result<BTreeMap<String, Arc<Policy>>, TemplateError> {
    let mut managed = BTreeMap::new();
    for (id, _, node) in resources.iter().filter(|(_, kind, _)| kind == MANAGED_POLICY) {
        let properties = Place::new(id, node).required("Properties")?;
        properties.only(&["Description", "ManagedPolicyName", "Path", "PolicyDocument"])?;
        let document = properties.required("PolicyDocument")?;
        managed.insert(id.clone(), Arc::new(statements::of_function(scope, id, &document)?));
    }
    Ok(managed)
}

struct Reader<'a> {
    scope: &'a Scope<'a>,
    managed: BTreeMap<String, Arc<Policy>>,
}

impl Reader<'_> {
    fn rights(&self, function: &FunctionSpec) -> Result<Rights, TemplateError> {
        let id = &function.logical_id;
        let mut policies = vec![of_aws("AWSLambdaBasicExecutionRole", LOGS)];
        if function.role.is_in_vpc {
            let allowed = [LOGS, NETWORK].concat();
            policies.push(of_aws("AWSLambdaVPCAccessExecutionRole", &allowed));
        }
        if let Some(node) = &function.role.policies {
            self.attached(&Place::new(format!("{id}.Policies"), node), id, &mut policies)?;
        }
        let boundary = match &function.role.boundary {
            Some(node) => {
                let place = Place::new(format!("{id}.PermissionsBoundary"), node);
                Some(self.of_this_template(&place)?)
            }
            None => None,
        };
        let role = physical_name(&format!("{id}Role"));
        Ok(Rights { role, policies, boundary })
    }

    /// One or several policies, named or written out.
    fn attached(
        &self,
        place: &Place<'_>,
        id: &str,
        policies: &mut Vec<Arc<Policy>>,
    ) -> Result<(), TemplateError> {
        match place.node {
            Node::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let item = Place::new(format!("{}[{index}]", place.path), item);
                    self.attached(&item, id, policies)?;
                }
            }
            Node::Map(_) if place.optional("Statement").is_some() => {
                let name = format!("{id}RolePolicy{}", policies.len());
                let policy = statements::of_function(self.scope, &name, place)?;
                policies.push(Arc::new(policy));
            }
            Node::Call(..) => match self.scope.chosen(place.clone())? {
                Some(chosen) if !std::ptr::eq(chosen.node, place.node) => {
                    self.attached(&chosen, id, policies)?;
                }
                Some(_) => policies.push(self.of_this_template(place)?),
                None => {}
            },
            _ => {
                let what = "the local stack knows policies of this template and statements only";
                return Err(place.error(what));
            }
        }
        Ok(())
    }

    fn of_this_template(&self, place: &Place<'_>) -> Result<Arc<Policy>, TemplateError> {
        let policy = self.managed.get(place.resource()?).cloned();
        policy.ok_or_else(|| place.error("must be a managed policy of this template"))
    }
}

fn of_aws(name: &str, actions: &[&str]) -> Arc<Policy> {
    let actions = Selection::Those(actions.iter().copied().map(Pattern::new).collect());
    let resources = Selection::Those(vec![Pattern::new("*")]);
    let statement = Statement { effect: Effect::Allow, actions, resources, conditions: Vec::new() };
    Arc::new(Policy { name: name.to_owned(), is_aws: true, statements: vec![statement] })
}

/// Without them, a function in the cloud has no log, or does not start.
fn duties(
    scope: &Scope<'_>,
    function: &FunctionSpec,
) -> Result<Vec<(&'static str, String)>, TemplateError> {
    let group = match &function.role.log_group {
        Some(node) => {
            let place = Place::new(format!("{}.LoggingConfig", function.logical_id), node);
            scope.text(&place)?.unwrap_or_default()
        }
        None => format!("/aws/lambda/{}", physical_name(&function.logical_id)),
    };
    let stream = arn("logs", &format!("log-group:{group}:log-stream:local"));
    let mut duties = vec![("logs:CreateLogStream", stream.clone()), ("logs:PutLogEvents", stream)];
    if function.role.is_in_vpc {
        duties.extend(NETWORK.iter().map(|action| (*action, "*".to_owned())));
    }
    Ok(duties)
}
