//! Secrets Manager, as far as anyone here asks it: strict about its protocol, signatures and rights.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

pub mod controls;
mod problem;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use self::problem::{MEDIA_TYPE, Problem};
use self::store::{Secret, Version};
pub use self::store::{Secrets, secret_arn};
use crate::bill::{Meter, Unit};
use crate::body;
use crate::gateway_id::new_id;
use crate::iam::{Context, Iam, Principal};
use crate::signature::{self, Received};

const TARGET: &str = "x-amz-target";
const SERVICE: &str = "secretsmanager";
/// More than any request here needs.
const REQUEST_LIMIT: usize = 128 * 1024;

#[derive(Clone)]
struct Service {
    secrets: Arc<Secrets>,
    iam: Arc<Iam>,
    meter: Meter,
}

/// The service, with what is asked of it billed.
pub fn router(secrets: Arc<Secrets>, iam: Arc<Iam>, meter: Meter) -> Router {
    Router::new().fallback(serve).with_state(Service { secrets, iam, meter })
}

async fn serve(State(service): State<Service>, request: Request) -> Response {
    let answer = service.answer(request).await;
    let mut response = match answer {
        Ok(answer) => ([(header::CONTENT_TYPE, MEDIA_TYPE)], answer.to_string()).into_response(),
        Err(problem) => problem.into_response(),
    };
    if let Ok(id) = new_id().try_into() {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

enum Operation {
    GetSecretValue,
    ListSecrets,
}

impl Operation {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if text("content-type") != Some(MEDIA_TYPE) {
            return Err(Problem::NotTheProtocol);
        }
        match text(TARGET).and_then(|target| target.strip_prefix("secretsmanager.")) {
            Some("GetSecretValue") => Ok(Self::GetSecretValue),
            Some("ListSecrets") => Ok(Self::ListSecrets),
            _ => Err(Problem::UnknownOperation),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
}

impl Service {
    async fn answer(&self, request: Request) -> Result<Value, Problem> {
        let (head, body) = request.into_parts();
        let body = body::read(body, REQUEST_LIMIT).await;
        if head.method != Method::POST {
            return Err(Problem::NotTheProtocol);
        }
        let operation = Operation::of(&head.headers)?;
        let body = body.ok_or(Problem::Malformed("the request is too large"))?;
        let received = Received::new(&head, &body);
        let now = OffsetDateTime::now_utc();
        let caller = signature::verify(&received, SERVICE, &self.iam, now);
        let caller = caller.map_err(Problem::Unsigned)?;
        self.meter.request(Unit::SecretsRead);
        match operation {
            Operation::GetSecretValue => self.get_secret_value(&caller, &body),
            Operation::ListSecrets => self.list_secrets(&caller),
        }
    }

    fn get_secret_value(&self, caller: &Principal, body: &[u8]) -> Result<Value, Problem> {
        let malformed =
            |_| Problem::Malformed("Start of structure or map found where not expected.");
        let wanted: GetSecretValue = serde_json::from_slice(body).map_err(malformed)?;
        let id = wanted.secret_id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| {
            let what = "1 validation error detected: Value null at 'secretId' failed to satisfy \
                        constraint: Member must not be null";
            Problem::Invalid(what.to_owned())
        })?;
        let secret = self.secrets.find(id);
        // Who may not read it is not told whether it is there.
        let arn = secret.as_ref().map_or_else(|| named(id), Secret::arn);
        self.authorize(caller, "secretsmanager:GetSecretValue", &arn)?;
        let secret = secret.ok_or(Problem::NoSuchSecret)?;
        let (version, stage) = version(&secret, &wanted)?;
        if let Some(key) = self.secrets.key() {
            self.authorize(caller, "kms:Decrypt", key).map_err(|_| Problem::KeyDenied)?;
        }
        Ok(json!({
            "ARN": arn,
            "CreatedDate": seconds(version.created_at),
            "Name": secret.name,
            "SecretString": version.value,
            "VersionId": version.id,
            "VersionStages": [stage],
        }))
    }

    fn list_secrets(&self, caller: &Principal) -> Result<Value, Problem> {
        self.authorize(caller, "secretsmanager:ListSecrets", "*")?;
        let shown = |secret: &Secret| {
            json!({
                "ARN": secret.arn(),
                "CreatedDate": seconds(secret.current.created_at),
                "LastChangedDate": seconds(secret.current.created_at),
                "Name": secret.name,
                "SecretVersionsToStages": {&secret.current.id: ["AWSCURRENT"]},
            })
        };
        let list: Vec<Value> = self.secrets.all().iter().map(shown).collect();
        Ok(json!({"SecretList": list}))
    }

    fn authorize(&self, caller: &Principal, action: &str, resource: &str) -> Result<(), Problem> {
        let asked = self.iam.authorize(caller, action, resource, &Context::default());
        asked.map_err(Problem::Denied)
    }
}

/// The ARN that policies are asked about when there is no such secret.
fn named(id: &str) -> String {
    if id.starts_with("arn:") { id.to_owned() } else { secret_arn(id) }
}

/// The version that is wanted, and its stage: the current one unless something else is said.
fn version<'a>(
    secret: &'a Secret,
    wanted: &GetSecretValue,
) -> Result<(&'a Version, &'static str), Problem> {
    let versions =
        [(Some(&secret.current), "AWSCURRENT"), (secret.previous.as_ref(), "AWSPREVIOUS")];
    let (id, stage) = (wanted.version_id.as_deref(), wanted.version_stage.as_deref());
    let stage = stage.or(if id.is_none() { Some("AWSCURRENT") } else { None });
    let mut versions = versions.into_iter().filter_map(|(version, stage)| Some((version?, stage)));
    let fits = |version: &Version, its_stage: &str| {
        id.is_none_or(|id| version.id == id) && stage.is_none_or(|stage| its_stage == stage)
    };
    versions.find(|(version, its_stage)| fits(version, its_stage)).ok_or_else(|| {
        Problem::NoSuchVersion(match (stage, id) {
            (Some(stage), _) => format!("staging label: {stage}"),
            (None, id) => format!("VersionId: {}", id.unwrap_or_default()),
        })
    })
}

/// Seconds since 1970, as the protocol has times.
#[allow(clippy::cast_precision_loss, reason = "milliseconds of this age fit")]
fn seconds(at: OffsetDateTime) -> f64 {
    (at.unix_timestamp_nanos() / 1_000_000) as f64 / 1_000.0
}
