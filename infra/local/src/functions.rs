//! What the template's functions get from this stack: their binaries and their environment.

use std::collections::BTreeMap;

use chat_endpoints::Endpoints;

use crate::failure::Failure;
use crate::http_api::JwtSettings;
use crate::identity;
use crate::lambda::FunctionSettings;
use crate::onesignal;
use crate::s3;
use crate::settings::Settings;
use crate::template::Template;

type Variables = BTreeMap<String, String>;

/// Where the push provider's key is in the cloud.
const PUSH_KEY_ARN: &str = "ONESIGNAL_API_KEY_SECRET_ARN";

/// The template, with what only this machine knows for its parameters.
///
/// # Errors
/// When it cannot be read or holds what the stack does not know.
pub fn template(settings: &Settings, owner_url: &str) -> Result<Template, Failure> {
    // The one function that migrates has its DATABASE_URL from a parameter of its own.
    let parameters = BTreeMap::from([("DatabaseOwnerUrl".to_owned(), owner_url.to_owned())]);
    Template::load(&settings.template, parameters).map_err(|error| Failure::new(error.to_string()))
}

/// Every function of the template, as it runs here.
///
/// # Errors
/// When a function has no binary, or needs a variable that nothing gives a value to.
pub fn of(
    template: &Template,
    settings: &Settings,
    endpoints: &Endpoints,
) -> Result<Vec<FunctionSettings>, Failure> {
    let mut supplied = supplied(endpoints);
    // Settings of the functions given to the stack are theirs.
    let known = template
        .variable_names()
        .into_iter()
        .filter_map(|name| settings.variables.get_key_value(name));
    supplied.extend(
        known
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    let functions = template.functions.iter().map(|function| {
        let resolved = template.resolve(function, &supplied);
        let environment = resolved.map_err(|error| Failure::new(error.to_string()))?;
        let binary = settings.functions_folder.join(&function.name);
        if !binary.is_file() {
            let line = format!(
                "there is no program {}: build it with `cargo build --workspace --bins`",
                binary.display()
            );
            return Err(Failure::new(line));
        }
        Ok(FunctionSettings {
            name: function.name.clone(),
            binary,
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            reserved_concurrency: function.reserved_concurrency,
            environment: adapted(environment, endpoints),
        })
    });
    functions.collect()
}

/// The template's environment with what is found by other means in the cloud.
fn adapted(mut environment: Variables, endpoints: &Endpoints) -> Variables {
    environment.insert("AWS_ENDPOINT_URL_S3".into(), endpoints.s3.clone());
    environment.insert("AWS_ENDPOINT_URL_LAMBDA".into(), endpoints.lambda_api.clone());
    // There is no Secrets Manager here, so whoever may read the secret gets what is in it.
    if environment.remove(PUSH_KEY_ARN).is_some() {
        environment.insert("ONESIGNAL_API_KEY".into(), onesignal::API_KEY.into());
    }
    environment
}

/// What the gateway's own authorizer checks tokens against.
#[must_use]
pub fn jwt_settings(settings: &Settings, endpoints: &Endpoints) -> JwtSettings {
    let own = supplied(endpoints);
    let setting = |name: &str| {
        let given = settings.variables.get(name).filter(|value| !value.is_empty());
        given.or(own.get(name)).cloned().unwrap_or_default()
    };
    let audiences = setting("IDENTITY_AUDIENCES");
    JwtSettings {
        issuer: setting("IDENTITY_ISSUER"),
        audiences: audiences.split(',').map(|audience| audience.trim().to_owned()).collect(),
    }
}

fn supplied(endpoints: &Endpoints) -> Variables {
    [
        ("DATABASE_URL", endpoints.database_url.as_str()),
        ("JARVIS_URL", &endpoints.jarvis_url),
        ("IMAGE_BUCKET", s3::IMAGE_BUCKET),
        ("WEBSOCKET_ENDPOINT", &endpoints.management_api),
        ("IDENTITY_ISSUER", &endpoints.identity),
        ("IDENTITY_AUDIENCES", identity::CLIENT_ID),
        ("DENTIST_GROUP", "dentists"),
        ("ONESIGNAL_URL", &endpoints.onesignal),
        ("ONESIGNAL_APP_ID", onesignal::APP_ID),
        (PUSH_KEY_ARN, "arn:aws:secretsmanager:local"),
        ("REDELIVER_FUNCTION", "redeliver"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
