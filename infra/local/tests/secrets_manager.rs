//! Secrets Manager answers, and refuses, as the real one does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chat_local::bill::{Meter, Unit};
use chat_local::iam::{Credentials, Iam, Principal};
use chat_local::rights;
use chat_local::secrets_manager::{self, Secrets, secret_arn};
use chat_local::template::Template;
use fixture::http::{Answer, request};
use fixture::signing::Signer;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TEMPLATE: &str = "
Parameters: {Secret: {Type: String}}
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap}}
Resources:
  Push:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: push}}
    Properties:
      Policies: {Statement: {Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret}}
  Other:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: other}}
    Properties: {}
";
const TYPE: (&str, &str) = ("content-type", "application/x-amz-json-1.1");
const TARGET: (&str, &str) = ("x-amz-target", "secretsmanager.GetSecretValue");

struct Service {
    address: SocketAddr,
    iam: Arc<Iam>,
    meter: Meter,
}

impl Service {
    async fn start() -> Self {
        let parameters = BTreeMap::from([("Secret".to_owned(), secret_arn("chat/push"))]);
        let template = Template::parse("template.yaml", TEMPLATE, parameters).unwrap();
        let iam = Arc::new(rights::iam(&template).unwrap());
        let secrets = [("chat/push", "the key".to_owned()), ("chat/other", "another".to_owned())];
        let secrets = Arc::new(Secrets::new(secrets));
        let meter = Meter::default();
        let router = secrets_manager::controls::router(secrets.clone())
            .merge(secrets_manager::router(secrets, iam.clone(), meter.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { address, iam, meter }
    }

    fn credentials(&self, function: &str) -> Credentials {
        self.iam.credentials(&Principal::Function(function.to_owned())).unwrap().clone()
    }

    fn operator(&self) -> Credentials {
        self.iam.credentials(&Principal::Operator).unwrap().clone()
    }

    async fn post(&self, signer: Signer<'_>, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = self.address.to_string();
        let headers = signer.headers(&host, "POST /", headers, body.as_bytes());
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        request(self.address, "POST /", &headers, body.as_bytes()).await
    }

    /// What that caller gets for a request to read a secret.
    async fn get(&self, credentials: &Credentials, wanted: Value) -> Answer {
        let signer = Signer::new(credentials, "secretsmanager");
        self.post(signer, &[TYPE, TARGET], &wanted.to_string()).await
    }
}

fn refusal(answer: &Answer) -> (u16, String) {
    let kind = answer.header("x-amzn-errortype").unwrap().to_owned();
    if answer.status == 400 {
        assert_eq!(answer.json()["__type"], kind.as_str(), "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some(TYPE.1));
    }
    (answer.status, kind)
}

#[tokio::test]
async fn a_function_reads_the_secret_that_it_may_by_each_of_its_names() {
    let service = Service::start().await;
    let push = service.credentials("push");
    let arn = secret_arn("chat/push");
    for id in ["chat/push", &arn, &arn[..arn.len() - 7]] {
        let answer = service.get(&push, json!({"SecretId": id})).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(TYPE.1)), "{id}");
        let secret = answer.json();
        assert_eq!((&secret["SecretString"], &secret["ARN"]), (&json!("the key"), &json!(arn)));
        assert_eq!(secret["VersionStages"], json!(["AWSCURRENT"]));
        assert!(secret["CreatedDate"].as_f64() > Some(1.7e9), "{secret}");
    }
    let billed = service.meter.usage().units[&(Unit::SecretsRead, None)];
    assert!((billed - 3.0).abs() < 1e-9, "{billed}");
    for (who, id) in [("push", "chat/other"), ("push", "chat/absent"), ("other", "chat/push")] {
        let answer = service.get(&service.credentials(who), json!({"SecretId": id})).await;
        assert_eq!(refusal(&answer), (400, "AccessDeniedException".to_owned()), "{who} {id}");
    }
}

#[tokio::test]
async fn what_is_not_the_protocol_is_refused() {
    let service = Service::start().await;
    let operator = service.operator();
    let body = r#"{"SecretId": "chat/push"}"#;
    let plain = ("content-type", "application/json");
    let unknown = ("x-amz-target", "secretsmanager.GetSecrets");
    for (headers, body, status, kind) in [
        (&[plain, TARGET][..], body, 404, "UnknownOperationException"),
        (&[TARGET], body, 404, "UnknownOperationException"),
        (&[TYPE], body, 400, "UnknownOperationException"),
        (&[TYPE, unknown], body, 400, "UnknownOperationException"),
        (&[TYPE, TARGET], "no JSON", 400, "SerializationException"),
        (&[TYPE, TARGET], "{}", 400, "ValidationException"),
        (&[TYPE, TARGET], r#"{"SecretId": "chat/absent"}"#, 400, "ResourceNotFoundException"),
        (
            &[TYPE, TARGET],
            r#"{"SecretId": "chat/push", "VersionStage": "AWSPREVIOUS"}"#,
            400,
            "ResourceNotFoundException",
        ),
    ] {
        let answer = service.post(Signer::new(&operator, "secretsmanager"), headers, body).await;
        assert_eq!(refusal(&answer), (status, kind.to_owned()), "{headers:?} {body}");
    }
}

#[tokio::test]
async fn who_cannot_prove_who_it_is_reads_nothing() {
    let service = Service::start().await;
    let push = service.credentials("push");
    let guessed = Credentials { secret_access_key: "guessed".to_owned(), ..push.clone() };
    let nobody = Credentials { access_key_id: "ASIANOBODYATALL00000".to_owned(), ..push.clone() };
    let stale = Credentials { session_token: service.operator().session_token, ..push.clone() };
    let tokenless = Credentials { session_token: String::new(), ..push.clone() };
    let by = |credentials| Signer::new(credentials, "secretsmanager");
    let body = r#"{"SecretId": "chat/push"}"#;
    for (signer, kind) in [
        (by(&guessed), "InvalidSignatureException"),
        (by(&nobody), "UnrecognizedClientException"),
        (by(&stale), "UnrecognizedClientException"),
        (by(&tokenless), "UnrecognizedClientException"),
        (by(&push).before(Duration::from_mins(16)), "InvalidSignatureException"),
        (Signer::new(&push, "execute-api"), "InvalidSignatureException"),
    ] {
        let answer = service.post(signer, &[TYPE, TARGET], body).await;
        assert_eq!(refusal(&answer), (400, kind.to_owned()));
    }
    let future = Signer { at: std::time::SystemTime::now() + Duration::from_mins(16), ..by(&push) };
    let answer = service.post(future, &[TYPE, TARGET], body).await;
    assert_eq!(refusal(&answer), (400, "InvalidSignatureException".to_owned()));
}

#[tokio::test]
async fn a_signature_is_good_for_the_request_that_was_signed_only() {
    let service = Service::start().await;
    let push = service.credentials("push");
    let (host, body) = (service.address.to_string(), r#"{"SecretId": "chat/push"}"#);
    let signed = Signer::new(&push, "secretsmanager");
    let signed = signed.headers(&host, "POST /", &[TYPE, TARGET], body.as_bytes());
    let send = async |line: &str, headers: Vec<String>, body: &str| {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        request(service.address, line, &headers, body.as_bytes()).await.status
    };
    assert_eq!(send("POST /", signed.clone(), body).await, 200);
    assert_eq!(send("POST /", signed.clone(), r#"{"SecretId": "chat/pusi"}"#).await, 400);
    assert_eq!(send("POST /?a=b", signed.clone(), body).await, 400);
    assert_eq!(send("POST /a", signed.clone(), body).await, 400);
    let with_more = [signed.clone(), vec!["X-Amz-More: of this".to_owned()]].concat();
    assert_eq!(send("POST /", with_more, body).await, 400);
    let unsigned = signed.iter().filter(|line| !line.to_lowercase().starts_with("authorization"));
    assert_eq!(send("POST /", unsigned.cloned().collect(), body).await, 400);
}

#[tokio::test]
async fn a_rotated_secret_has_its_new_value_at_once_and_keeps_the_one_before() {
    let service = Service::start().await;
    let push = service.credentials("push");
    let rotate = async |name: &str, body: &[u8]| {
        request(service.address, &format!("PUT /secrets/{name}"), &[], body).await.status
    };
    assert_eq!(rotate("chat/push", br#"{"value": "new"}"#).await, 204);
    assert_eq!(rotate("chat%2Fpush", br#"{"value": "newer"}"#).await, 204);
    assert_eq!(rotate("chat/absent", br#"{"value": "new"}"#).await, 404);
    assert_eq!(rotate("chat/push", b"{}").await, 400);
    let read = async |stage: &str| {
        let wanted = json!({"SecretId": "chat/push", "VersionStage": stage});
        service.get(&push, wanted).await.json()["SecretString"].clone()
    };
    assert_eq!(read("AWSCURRENT").await, "newer");
    assert_eq!(read("AWSPREVIOUS").await, "new");
}

#[tokio::test]
async fn only_the_operator_lists_secrets() {
    let service = Service::start().await;
    let list = ("x-amz-target", "secretsmanager.ListSecrets");
    let (operator, push) = (service.operator(), service.credentials("push"));
    let signer = Signer::new(&operator, "secretsmanager");
    let answer = service.post(signer, &[TYPE, list], "{}").await;
    let names: Vec<_> = answer.json()["SecretList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| secret["Name"].clone())
        .collect();
    assert_eq!(names, ["chat/other", "chat/push"]);
    let answer = service.post(Signer::new(&push, "secretsmanager"), &[TYPE, list], "{}").await;
    assert_eq!(refusal(&answer), (400, "AccessDeniedException".to_owned()));
}
