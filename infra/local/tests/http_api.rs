//! The HTTP API answers and asks as API Gateway does.

mod fixture;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use chat_local::http_api::{HttpApi, JwtSettings};
use chat_local::lambda::Lambda;
use chat_local::template::Template;
use fixture::http::{Answer, request};
use fixture::issuer::{
    Issuer, header, now, public_key, signed, signed_by_another_key, with_signature,
};
use ring::hmac;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TEMPLATE: &str = r#"
Resources:
  Operation:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: operation}}
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      Timeout: 1
      Events:
        Things: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: "/things/{id}"}}
        Open:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Method: post, Path: /open, Auth: {Authorizer: NONE}}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Pool
        Authorizers: {Pool: {JwtConfiguration: {issuer: !Sub "https://${AWS::Region}", audience: [a]}}}
      CorsConfiguration:
        AllowOrigins: ["https://app.example"]
        AllowMethods: [GET, POST]
        AllowHeaders: [Authorization]
        ExposeHeaders: [retry-after]
        MaxAge: 60
"#;

struct Gateway {
    address: SocketAddr,
    issuer: Issuer,
    lambda: Arc<Lambda>,
}

impl Gateway {
    async fn start() -> Self {
        let template = Template::parse("template.yaml", TEMPLATE, BTreeMap::new()).unwrap();
        let mut function = fixture::function("operation");
        function.timeout = template.functions[0].timeout;
        function.environment.insert("FIXTURE_ROLE".to_owned(), "http".to_owned());
        let lambda = fixture::start(vec![function], 2).await;
        let issuer = Issuer::start().await;
        let jwt = JwtSettings { issuer: issuer.url.clone(), audiences: vec!["client".to_owned()] };
        let api = HttpApi::new(template.http_api.unwrap(), jwt, lambda.clone(), fixture::log());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let console = Router::new().route("/console", get(async || "the console"));
        tokio::spawn(api.serve(listener, console));
        Self { address, issuer, lambda }
    }

    async fn with_token(&self, token: &str) -> Answer {
        request(self.address, "POST /things/7", &[&format!("Authorization: Bearer {token}")], b"")
            .await
    }

    /// Sends a command to the fixture by the open route.
    async fn command(&self, command: Value) -> Answer {
        request(self.address, "POST /open", &[], command.to_string().as_bytes()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_gets_an_event_of_payload_format_2() {
    let gateway = Gateway::start().await;
    let headers = [
        &format!("Authorization: Bearer {}", gateway.issuer.token()) as &str,
        "X-Many: one",
        "X-Many: two",
        "Cookie: a=b; c=d",
        "Content-Type: application/json",
        "User-Agent: test",
    ];
    let answer =
        request(gateway.address, "POST /things/a%2Fb?x=1&y=%20&x=2", &headers, b"not JSON").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("apigw-requestid").map(str::len), Some(16));
    let event = answer.json();
    let expected = json!({
        "version": "2.0", "routeKey": "POST /things/{id}", "rawPath": "/things/a%2Fb",
        "rawQueryString": "x=1&y=%20&x=2", "queryStringParameters": {"x": "1,2", "y": " "},
        "pathParameters": {"id": "a/b"}, "cookies": ["a=b", "c=d"], "body": "not JSON", "isBase64Encoded": false,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&event[key], value, "{key}");
    }
    assert_eq!(event["headers"]["x-many"], "one,two");
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
    let claims = &event["requestContext"]["authorizer"]["jwt"]["claims"];
    assert_eq!(claims["cognito:groups"], "[dentists staff]");
    assert_eq!(claims["email_verified"], "true");
    assert!(claims.as_object().unwrap().values().all(Value::is_string), "{claims}");
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_empty_is_absent_and_what_is_no_text_is_in_base64() {
    let gateway = Gateway::start().await;
    let event = request(gateway.address, "POST /open", &[], b"").await.json();
    for key in ["body", "cookies", "pathParameters", "queryStringParameters"] {
        assert!(event.get(key).is_none(), "{key}");
    }
    assert!(event["requestContext"].get("authorizer").is_none());
    let headers = ["Content-Type: application/octet-stream"];
    let event = request(gateway.address, "POST /open", &headers, b"\xff\x00").await.json();
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/wA="), &json!(true)));
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_token_is_refused() {
    let gateway = Gateway::start().await;
    let good = gateway.issuer.claims();
    let claims = |name: &str, value: Value| {
        let mut claims = good.clone();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        claims
    };
    let with_header = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        signed(&header, &good)
    };
    let hmac = |message: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &public_key());
        hmac::sign(&key, message).as_ref().to_vec()
    };
    let token = gateway.issuer.token();
    let altered = format!("{}x{}", &token[..60], &token[61..]);
    let bad = [
        ("empty", String::new()),
        ("malformed", "a.b.c".to_owned()),
        ("two parts", token.rsplit_once('.').unwrap().0.to_owned()),
        ("four parts", format!("{token}.x")),
        ("altered payload", altered),
        ("expired", signed(&header(), &claims("exp", json!(now() - 1)))),
        ("exp missing", signed(&header(), &claims("exp", Value::Null))),
        ("exp a string", signed(&header(), &claims("exp", json!((now() + 600).to_string())))),
        ("nbf in the future", signed(&header(), &claims("nbf", json!(now() + 60)))),
        ("nbf a string", signed(&header(), &claims("nbf", json!("1")))),
        ("iat a string", signed(&header(), &claims("iat", json!("1")))),
        ("wrong issuer", signed(&header(), &claims("iss", json!("https://other.example")))),
        ("wrong audience", signed(&header(), &claims("aud", json!("other")))),
        ("no audience", signed(&header(), &claims("aud", Value::Null))),
        (
            "alg none",
            with_signature(&json!({"alg": "none", "kid": "known"}), &good, |_| Vec::new()),
        ),
        (
            "alg None",
            with_signature(&json!({"alg": "None", "kid": "known"}), &good, |_| Vec::new()),
        ),
        (
            "HS256 with the public key",
            with_signature(&json!({"alg": "HS256", "kid": "known"}), &good, hmac),
        ),
        ("alg missing", signed(&json!({"kid": "known"}), &good)),
        ("kid missing", signed(&json!({"alg": "RS256"}), &good)),
        ("kid unknown", with_header("kid", json!("other"))),
        ("kid a path", with_header("kid", json!("../../../../dev/null"))),
        ("kid SQL", with_header("kid", json!("x' OR '1'='1"))),
        ("kid a number", with_header("kid", json!(1))),
        ("jku", with_header("jku", json!("https://other.example/jwks.json"))),
        ("x5u", with_header("x5u", json!("https://other.example/x.pem"))),
        ("jwk", with_header("jwk", fixture::issuer::jwk("known"))),
        ("crit", with_header("crit", json!(["other"]))),
        ("another key", signed_by_another_key(&header(), &good)),
    ];
    for (what, token) in bad {
        let answer = gateway.with_token(&token).await;
        assert_eq!(
            (answer.status, answer.json()),
            (401, json!({"message": "Unauthorized"})),
            "{what}"
        );
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{what}");
    }
    let answer = request(gateway.address, "POST /things/7", &[], b"").await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(gateway.with_token(&token).await.status, 200);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_audience_passes_by_its_client_id() {
    let gateway = Gateway::start().await;
    let mut claims = gateway.issuer.claims();
    claims.as_object_mut().unwrap().remove("aud");
    claims["client_id"] = json!("client");
    assert_eq!(gateway.with_token(&signed(&header(), &claims)).await.status, 200);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_is_not_found_whatever_the_token() {
    let gateway = Gateway::start().await;
    for line in ["GET /things/7", "POST /things", "POST /things/7/", "GET /", "PATCH /open"] {
        let answer = request(gateway.address, line, &[], b"").await;
        assert_eq!(
            (answer.status, answer.json()),
            (404, json!({"message": "Not Found"})),
            "{line}"
        );
    }
    assert_eq!(request(gateway.address, "GET /console", &[], b"").await.body, "the console");
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_failures_have_the_gateways_bodies() {
    let gateway = Gateway::start().await;
    let failed = (500, json!({"message": "Internal Server Error"}));
    for command in [
        json!({"command": "crash"}),
        json!({"command": "fail", "message": "as told"}),
        json!({"answer": {"statusCode": "no number"}}),
    ] {
        let answer = gateway.command(command.clone()).await;
        assert_eq!((answer.status, answer.json()), failed, "{command}");
    }
    assert_eq!(gateway.command(json!({"command": "none"})).await.status, 200);

    let asked = Instant::now();
    let answer = gateway.command(json!({"command": "sleep", "ms": 60_000})).await;
    assert_eq!((answer.status, answer.json()), (503, json!({"message": "Service Unavailable"})));
    let took = asked.elapsed();
    assert!((Duration::from_millis(990)..Duration::from_millis(2000)).contains(&took), "{took:?}");
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_10_mb_is_too_large() {
    let gateway = Gateway::start().await;
    let answer =
        request(gateway.address, "POST /open", &[], &vec![b'a'; 10 * 1024 * 1024 + 1]).await;
    assert_eq!(answer.status, 413);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cors_is_the_gateways_and_not_the_functions() {
    let gateway = Gateway::start().await;
    let preflight = ["Origin: https://app.example", "Access-Control-Request-Method: POST"];
    let answer = request(gateway.address, "OPTIONS /things/7", &preflight, b"").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization"));
    assert_eq!(answer.header("access-control-max-age"), Some("60"));

    let loose =
        json!({"answer": {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}})
            .to_string();
    for (origin, allowed) in
        [("https://app.example", Some("https://app.example")), ("https://other.example", None)]
    {
        let answer = request(
            gateway.address,
            "POST /open",
            &[&format!("Origin: {origin}")],
            loose.as_bytes(),
        )
        .await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, allowed));
    }
    let answer =
        request(gateway.address, "POST /things/7", &["Origin: https://app.example"], b"").await;
    assert_eq!(
        answer.header("access-control-expose-headers"),
        Some("retry-after"),
        "on refusals too"
    );
    gateway.lambda.stop().await;
}
