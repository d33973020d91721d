//! What the template's resources are called on this machine.

use super::bucket_spec::BucketSpec;
use super::error::TemplateError;
use super::evaluate::{ResourceName, Scope};
use super::node::Place;
use crate::aws_names::{ACCOUNT_ID, API_ID, PARTITION, arn, physical_name, role_arn};

/// The names of a resource of that type.
pub(super) fn of(
    scope: &Scope<'_>,
    kind: &str,
    resource: &Place<'_>,
) -> Result<ResourceName, TemplateError> {
    let id = &resource.path;
    let own = physical_name(id);
    Ok(match kind {
        "AWS::Serverless::Function" => {
            let arn = arn("lambda", &format!("function:{own}"));
            ResourceName { reference: own, arn: Some(arn) }
        }
        "AWS::Serverless::HttpApi" | "AWS::Serverless::WebSocketApi" => {
            ResourceName { reference: API_ID.to_owned(), arn: None }
        }
        "AWS::S3::Bucket" => {
            let name = given(scope, resource, "BucketName")?;
            let name = name.unwrap_or_else(|| BucketSpec::named(id).name);
            let arn = format!("arn:{PARTITION}:s3:::{name}");
            ResourceName { reference: name, arn: Some(arn) }
        }
        "AWS::Logs::LogGroup" => {
            let name = given(scope, resource, "LogGroupName")?.unwrap_or(own);
            let arn = arn("logs", &format!("log-group:{name}:*"));
            ResourceName { reference: name, arn: Some(arn) }
        }
        "AWS::IAM::ManagedPolicy" => {
            let arn = format!("arn:{PARTITION}:iam::{ACCOUNT_ID}:policy/{own}");
            ResourceName { reference: arn, arn: None }
        }
        _ => ResourceName { reference: own, arn: None },
    })
}

/// The names of the role that SAM makes for a function, and the key by which the template knows it.
pub(super) fn of_role(function: &str) -> (String, ResourceName) {
    let id = format!("{function}Role");
    let name = physical_name(&id);
    let arn = Some(role_arn(&name));
    (id, ResourceName { reference: name, arn })
}

/// A name that the template gives, if it does.
fn given(
    scope: &Scope<'_>,
    resource: &Place<'_>,
    property: &str,
) -> Result<Option<String>, TemplateError> {
    let name = resource.optional("Properties").and_then(|place| place.optional(property));
    name.map_or(Ok(None), |name| scope.text(&name))
}
