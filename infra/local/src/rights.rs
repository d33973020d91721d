//! The rights that the template gives, as this stack enforces them.

use crate::aws_names::{DATABASE_RESOURCE, JARVIS_RESOURCE, arn};
use crate::failure::Failure;
use crate::iam::{Context, Iam, Principal};
use crate::template::{FunctionSpec, Template, TemplateRights};

/// The variable that tells a function where PostgreSQL is, and its roles there: the schema's owner if
/// the parameter is the owner's, else the functions'.
const DATABASE: &str = "DATABASE_URL";
const OWNER_PARAMETER: &str = "DatabaseOwnerUrl";
const OWNER: &str = "chat_owner";
const SERVICE: &str = "chat_service";
/// The same of Jarvis, if the template knows IAM authentication there.
const JARVIS: &str = "JARVIS_URL";
const JARVIS_PARAMETER: &str = "JarvisResourceId";

/// Everybody's credentials and rights, with what a function needs before its code runs looked at.
///
/// # Errors
/// When a policy is not understood, or a function lacks what it cannot start without.
pub fn iam(template: &Template) -> Result<Iam, Failure> {
    let rights = template.rights().map_err(|error| Failure::new(error.to_string()))?;
    let TemplateRights { functions, of_buckets, duties } = rights;
    let iam = Iam::new(functions, of_buckets);
    for function in &template.functions {
        let databases = logins(template, function).into_iter().flatten();
        let databases = databases.map(|login| ("rds-db:connect", arn("rds-db", &login)));
        let duties = duties.get(&function.name).into_iter().flatten().cloned();
        let principal = Principal::Function(function.name.clone());
        for (action, resource) in duties.chain(databases) {
            let asked = iam.authorize(&principal, action, &resource, &Context::default());
            asked.map_err(|denial| {
                Failure::new(format!("{} cannot run: {denial}", function.name))
            })?;
        }
    }
    Ok(iam)
}

/// As whom the function would connect to its databases by IAM authentication.
fn logins(template: &Template, function: &FunctionSpec) -> [Option<String>; 2] {
    let database = function.parameter_of(DATABASE).map(|parameter| {
        let user = if parameter == OWNER_PARAMETER { OWNER } else { SERVICE };
        format!("dbuser:{DATABASE_RESOURCE}/{user}")
    });
    let jarvis = function.parameter_of(JARVIS).filter(|_| template.has_parameter(JARVIS_PARAMETER));
    [database, jarvis.map(|_| format!("dbuser:{JARVIS_RESOURCE}/{SERVICE}"))]
}
