//! Lambda's Invoke API, the controls beside it, and the schedule.

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

use chat_local::iam::{self, Credentials, Iam, Principal};
use chat_local::lambda::{Lambda, invoke_api};
use chat_local::rights;
use chat_local::schedule::Schedules;
use chat_local::template::Template;
use fixture::http::{Answer, request};
use fixture::signing::Signer;
use fixture::until;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TEMPLATE: &str = "
Resources:
  Plain:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: plain}}
    Properties: {Runtime: provided.al2023, Handler: bootstrap}
  Clocked:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: clocked}}
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      Policies: {Statement: {Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt Plain.Arn}}
      Events: {Clock: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}}
";

struct Controls {
    address: SocketAddr,
    iam: Arc<Iam>,
    lambda: Arc<Lambda>,
    schedules: Arc<Schedules>,
}

impl Controls {
    async fn start(every: Duration) -> Self {
        Self::with_clocked("http", every).await
    }

    /// With this role for the function that runs by the clock.
    async fn with_clocked(role: &str, every: Duration) -> Self {
        let mut clocked = fixture::function("clocked");
        let named = |id: &str| {
            format!(
                "arn:aws:lambda:eu-central-1:123456789012:function:chat-local-{id}-LOCAL0000000"
            )
        };
        clocked.arn = named("Clocked");
        let mut plain = fixture::function("plain");
        plain.arn = named("Plain");
        clocked.environment.insert("FIXTURE_ROLE".to_owned(), role.to_owned());
        let lambda = fixture::start(vec![plain, clocked], 2).await;
        let template = Template::parse("template.yaml", TEMPLATE, BTreeMap::new()).unwrap();
        let overrides = BTreeMap::from([("clocked".to_owned(), every)]);
        let schedules = Schedules::new(&template, lambda.clone(), &overrides);
        let iam = Arc::new(rights::iam(&template).unwrap());
        let router = invoke_api::router(lambda.clone(), schedules.clone(), iam.clone())
            .merge(iam::controls::router(iam.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { address, iam, lambda, schedules }
    }

    async fn invoke(&self, name: &str, headers: &[&str], payload: &[u8]) -> Answer {
        request(
            self.address,
            &format!("POST /2015-03-31/functions/{name}/invocations"),
            headers,
            payload,
        )
        .await
    }

    /// The same, signed by that function with its credentials, changed or not.
    async fn invoke_by(
        &self,
        caller: &str,
        change: impl FnOnce(&mut Credentials),
        name: &str,
    ) -> Answer {
        let principal = Principal::Function(caller.to_owned());
        let mut credentials = self.iam.credentials(&principal).unwrap().clone();
        change(&mut credentials);
        let line = format!("POST /2015-03-31/functions/{name}/invocations");
        let signer = Signer::new(&credentials, "lambda");
        let headers = signer.headers(&self.address.to_string(), &line, &[], b"{}");
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        request(self.address, &line, &headers, b"{}").await
    }

    async fn statistics(&self, name: &str) -> Value {
        let all = request(self.address, "GET /functions", &[], b"").await.json();
        let functions = all["functions"].as_array().unwrap();
        functions.iter().find(|function| function["name"] == name).unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_gives_the_answer_or_marks_the_functions_error() {
    let controls = Controls::start(Duration::from_mins(1)).await;
    let answer = controls.invoke("plain", &[], b"").await;
    assert_eq!((answer.status, answer.json()["invocations"].clone()), (200, json!(1)));
    assert_eq!(answer.header("x-amz-function-error"), None);

    let failing = br#"{"command":"fail","message":"as told"}"#;
    let answer = controls.invoke("plain", &[], failing).await;
    assert_eq!((answer.status, answer.header("x-amz-function-error")), (200, Some("Unhandled")));
    assert_eq!(answer.json()["errorMessage"], "as told");

    let answer = controls.invoke("nobody", &[], b"{}").await;
    assert_eq!(
        (answer.status, answer.header("x-amzn-errortype")),
        (404, Some("ResourceNotFoundException"))
    );
    assert_eq!(controls.invoke("plain", &[], b"no JSON").await.status, 400);
    assert_eq!(
        controls.invoke("plain", &["X-Amz-Invocation-Type: DryRun"], b"{}").await.status,
        204
    );
    controls.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_accepted_at_once_and_done_later() {
    let controls = Controls::start(Duration::from_mins(1)).await;
    let slow = br#"{"command":"sleep","ms":100}"#;
    assert_eq!(controls.invoke("plain", &["X-Amz-Invocation-Type: Event"], slow).await.status, 202);
    until("it is done", async || {
        controls.statistics("plain").await["p50_ms"].as_f64() >= Some(100.0)
    })
    .await;
    controls.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_are_counted_and_can_be_killed() {
    let controls = Controls::start(Duration::from_mins(1)).await;
    let unused = json!({
        "name": "plain", "environments": 0, "busy": 0, "cold_starts": 0, "invocations": 0, "errors": 0,
        "p50_ms": null, "p99_ms": null,
    });
    assert_eq!(controls.statistics("plain").await, unused);
    controls.invoke("plain", &[], b"{}").await;
    let counted = async || controls.statistics("plain").await["invocations"] == 1;
    until("it is counted", counted).await;
    let used = controls.statistics("plain").await;
    assert_eq!((&used["environments"], &used["cold_starts"]), (&json!(1), &json!(1)));
    assert!(used["p50_ms"].as_f64() > Some(0.0), "{used}");

    let killed = request(controls.address, "POST /functions/plain/kill", &[], b"").await;
    assert_eq!((killed.status, killed.json()), (200, json!({"killed": 1})));
    assert_eq!(controls.statistics("plain").await["environments"], 0);
    assert_eq!(
        request(controls.address, "POST /functions/nobody/kill", &[], b"").await.status,
        404
    );
    controls.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_function_runs_on_demand_with_a_scheduled_event() {
    let controls = Controls::start(Duration::from_mins(1)).await;
    let answer = request(controls.address, "POST /schedules/clocked/run", &[], b"").await;
    assert_eq!(answer.status, 200);
    let event: Value = serde_json::from_str(answer.json()["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&event["source"], &event["detail-type"]),
        (&json!("aws.events"), &json!("Scheduled Event"))
    );
    assert_eq!(event["detail"], json!({}));
    assert_eq!(request(controls.address, "POST /schedules/plain/run", &[], b"").await.status, 404);
    controls.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_on_demand_does_not_wait_for_the_clocks_own() {
    let controls = Controls::with_clocked("sleeper", Duration::from_millis(20)).await;
    let clock = controls.schedules.start(&fixture::log());
    let busy = async || controls.statistics("clocked").await["busy"].as_u64();
    until("the clock's run is under way", async || busy().await == Some(1)).await;
    let demanded = request(controls.address, "POST /schedules/clocked/run", &[], b"");
    tokio::select! {
        _ = demanded => panic!("it sleeps"),
        () = until("both are", async || busy().await == Some(2)) => {}
    }
    // Many periods have passed since.
    let invocations = controls.statistics("clocked").await["invocations"].clone();
    assert_eq!(invocations, 2, "the clock does not overlap itself");
    for task in clock {
        task.abort();
    }
    controls.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_runs_a_function_again_and_again() {
    let controls = Controls::start(Duration::from_millis(20)).await;
    let clock = controls.schedules.start(&fixture::log());
    until("it ran thrice", async || {
        controls.statistics("clocked").await["invocations"].as_u64() >= Some(3)
    })
    .await;
    for task in clock {
        task.abort();
    }
    controls.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_invokes_what_it_may_and_nobody_in_its_name() {
    let controls = Controls::start(Duration::from_mins(1)).await;
    let as_it_is = |_: &mut Credentials| {};
    for name in [
        "plain",
        "chat-local-Plain-LOCAL0000000",
        "arn:aws:lambda:eu-central-1:123456789012:function:plain",
        "123456789012:function:plain:$LATEST",
    ] {
        let answer = controls.invoke_by("clocked", as_it_is, name).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }
    let refusals = [
        (controls.invoke_by("clocked", as_it_is, "clocked").await, "AccessDeniedException"),
        (controls.invoke_by("clocked", as_it_is, "nobody").await, "AccessDeniedException"),
        (controls.invoke_by("plain", as_it_is, "plain").await, "AccessDeniedException"),
        (
            controls.invoke_by("clocked", |own| own.secret_access_key.push('x'), "plain").await,
            "InvalidSignatureException",
        ),
        (
            controls.invoke_by("clocked", |own| own.session_token.push('x'), "plain").await,
            "UnrecognizedClientException",
        ),
    ];
    for (answer, kind) in refusals {
        let refused = (answer.status, answer.header("x-amzn-errortype"));
        assert_eq!(refused, (403, Some(kind)), "{}", answer.body);
    }
    // Tools need no credentials, and those of another account do no harm.
    let of_nobody = |own: &mut Credentials| own.access_key_id = "AKIANOBODY".to_owned();
    assert_eq!(controls.invoke_by("plain", of_nobody, "plain").await.status, 200);
    controls.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_controls_tell_credentials_calls_and_the_use_of_rights() {
    let controls = Controls::start(Duration::from_mins(1)).await;
    let get = async |path: &str| request(controls.address, &format!("GET {path}"), &[], b"").await;
    let own = get("/functions/clocked/credentials").await.json();
    assert_eq!(own["session_token"].as_str().unwrap().len(), 1_100);
    assert_ne!(own["access_key_id"], get("/credentials").await.json()["access_key_id"]);
    assert_ne!(own, get("/functions/plain/credentials").await.json());
    assert_eq!(get("/functions/nobody/credentials").await.status, 404);

    let right = json!({"function": "clocked", "policy": "ClockedRolePolicy1", "action": "lambda:InvokeFunction", "uses": 0, "needed": 0});
    assert_eq!(get("/rights").await.json()["rights"], json!([right]));
    controls.invoke_by("clocked", |_| {}, "plain").await;
    controls.invoke_by("plain", |_| {}, "plain").await;
    assert_eq!(get("/rights").await.json()["rights"][0]["needed"], 1);
    let calls = get("/calls").await.json();
    let invocations = calls["calls"].as_array().unwrap().iter();
    let invocations = invocations.filter(|call| call["action"] == "lambda:InvokeFunction");
    let verdicts: Vec<_> =
        invocations.map(|call| (&call["function"], &call["verdict"], &call["count"])).collect();
    let (allowed, denied, one) = (json!("allowed"), json!("denied"), json!(1));
    assert_eq!(verdicts, [(&json!("clocked"), &allowed, &one), (&json!("plain"), &denied, &one)]);
    controls.lambda.stop().await;
}
