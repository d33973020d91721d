//! What the template's functions get from this stack: their binaries and their environment.

use std::collections::BTreeMap;

use chat_endpoints::{DatabaseUrls, Endpoints};

use crate::aws_names::{DATABASE_RESOURCE, JARVIS_RESOURCE, arn, physical_name};
use crate::failure::Failure;
use crate::http_api::JwtSettings;
use crate::iam::{Credentials, Iam, Principal};
use crate::identity;
use crate::lambda::FunctionSettings;
use crate::onesignal;
use crate::s3;
use crate::secrets_manager::{Secrets, secret_arn};
use crate::settings::Settings;
use crate::stored_login::{self, without_password};
use crate::template::Template;

type Variables = BTreeMap<String, String>;

/// The secret that is the push provider's key.
const PUSH_KEY: &str = "chat/onesignal";
/// Those that are the databases' URLs: of the functions' role, of the schema's owner, and Jarvis's.
const DATABASE: &str = "chat/database";
const DATABASE_OWNER: &str = "chat/database-owner";
const JARVIS: &str = "chat/jarvis";

/// The template, with what only this machine knows for its parameters.
///
/// # Errors
/// When it cannot be read or holds what the stack does not know.
pub fn template(settings: &Settings, owner_url: &str) -> Result<Template, Failure> {
    let load = |owner_url: String| {
        let template = Template::load(&settings.template, parameters(owner_url));
        template.map_err(|error| Failure::new(error.to_string()))
    };
    let template = load(owner_url.to_owned())?;
    if has_stored_passwords(&template) { load(without_password(owner_url)) } else { Ok(template) }
}

/// What only this machine knows. The one function that migrates has its `DATABASE_URL` from a parameter of
/// its own.
fn parameters(owner_url: String) -> Variables {
    let parameters = [
        ("DatabaseOwnerUrl", owner_url),
        ("ImageBucketName", s3::IMAGE_BUCKET.to_owned()),
        ("DatabaseOwnerSecretArn", secret_arn(DATABASE_OWNER)),
        ("DatabaseSecretArn", secret_arn(DATABASE)),
        ("JarvisSecretArn", secret_arn(JARVIS)),
        ("JarvisResourceId", JARVIS_RESOURCE.to_owned()),
        ("SecretsKeyArn", secrets_key()),
        ("DatabaseResourceId", DATABASE_RESOURCE.to_owned()),
        ("DatabaseOwnerResourceId", DATABASE_RESOURCE.to_owned()),
        ("OneSignalApiKeySecretArn", secret_arn(PUSH_KEY)),
    ];
    parameters.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Whether functions get their databases' URLs without passwords, and secrets with these beside them.
fn has_stored_passwords(template: &Template) -> bool {
    template.has_parameter("DatabaseSecretArn")
}

/// The secrets, by the names that the template's parameters give the ARNs of.
#[must_use]
pub fn secrets(template: &Template, urls: &DatabaseUrls) -> Secrets {
    let secrets = Secrets::new([
        (PUSH_KEY, onesignal::API_KEY.to_owned()),
        (DATABASE, stored_login::secret(&urls.database)),
        (DATABASE_OWNER, stored_login::secret(&urls.database_admin)),
        (JARVIS, stored_login::secret(&urls.jarvis)),
    ]);
    if template.has_parameter("SecretsKeyArn") { secrets.under(secrets_key()) } else { secrets }
}

/// The key that the secrets are encrypted with.
fn secrets_key() -> String {
    arn("kms", "key/local")
}

/// Every function of the template, as it runs here.
///
/// # Errors
/// When a function has no binary, or needs a variable that nothing gives a value to.
pub fn of(
    template: &Template,
    settings: &Settings,
    endpoints: &Endpoints,
    iam: &Iam,
) -> Result<Vec<FunctionSettings>, Failure> {
    let mut supplied = supplied(endpoints);
    if has_stored_passwords(template) {
        for (name, url) in
            [("DATABASE_URL", &endpoints.database_url), ("JARVIS_URL", &endpoints.jarvis_url)]
        {
            supplied.insert(name.to_owned(), without_password(url));
        }
    }
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
        let principal = Principal::Function(function.name.clone());
        let credentials = iam.credentials(&principal).map(Credentials::variables);
        Ok(FunctionSettings {
            name: function.name.clone(),
            arn: arn("lambda", &format!("function:{}", physical_name(&function.logical_id))),
            binary,
            timeout: function.timeout,
            memory_mb: function.memory_mb,
            reserved_concurrency: function.reserved_concurrency,
            environment: adapted(environment, endpoints, credentials.unwrap_or_default()),
        })
    });
    functions.collect()
}

/// The template's environment with what is found by other means in the cloud.
fn adapted(
    mut environment: Variables,
    endpoints: &Endpoints,
    credentials: [(&str, &str); 3],
) -> Variables {
    environment.insert("CA_BUNDLE".into(), endpoints.ca.display().to_string());
    environment.insert("AWS_ENDPOINT_URL_S3".into(), endpoints.s3.clone());
    environment.insert("AWS_ENDPOINT_URL_LAMBDA".into(), endpoints.lambda_api.clone());
    let secrets_manager = endpoints.secrets_manager.clone();
    environment.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".into(), secrets_manager);
    environment.extend(credentials.map(|(name, value)| (name.to_owned(), value.to_owned())));
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
        ("REDELIVER_FUNCTION", "redeliver"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
