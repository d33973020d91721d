//! The WebSocket API answers and asks as API Gateway does.

mod fixture;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_local::lambda::Lambda;
use chat_local::template::Template;
use chat_local::ws_api::{ConnectionLimits, WsApi};
use fixture::http::{Answer, request};
use fixture::reports::Reports;
use fixture::{SOON, until};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, Response};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const TEMPLATE: &str = "
Resources:
  Authorize:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: authorize}}
    Properties: {Runtime: provided.al2023, Handler: bootstrap}
  Serve:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: serve}}
    Properties: {Runtime: provided.al2023, Handler: bootstrap}
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Auth: {AuthType: CUSTOM, AuthArn: !GetAtt Authorize.Arn}
      Routes:
        $connect: {FunctionArn: !GetAtt Serve.Arn}
        $disconnect: {FunctionArn: !GetAtt Serve.Arn}
        $default: {FunctionArn: !GetAtt Serve.Arn}
        special: {FunctionArn: !GetAtt Serve.Arn}
";

const SIGNED: &str =
    "Authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c";

type Client = WebSocketStream<TcpStream>;

struct Gateway {
    address: SocketAddr,
    lambda: Arc<Lambda>,
    reports: Reports,
}

impl Gateway {
    async fn start() -> Self {
        let long = Duration::from_secs(3600);
        Self::with_limits(ConnectionLimits { lifetime: long, idle: long }).await
    }

    async fn with_limits(limits: ConnectionLimits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let reports = Reports::start().await;
        let functions = [("authorize", "authorize"), ("serve", "websocket")].map(|(name, role)| {
            let mut function = fixture::function(name);
            let variables = [
                ("FIXTURE_ROLE", role.to_owned()),
                ("FIXTURE_MANAGEMENT", address.to_string()),
                ("FIXTURE_REPORT", reports.address.to_string()),
            ];
            function.environment.extend(variables.map(|(name, value)| (name.to_owned(), value)));
            function
        });
        let lambda = fixture::start(functions.into(), 4).await;
        let template = Template::parse("template.yaml", TEMPLATE, BTreeMap::new()).unwrap();
        let api = WsApi::new(template.ws_api.unwrap(), limits, lambda.clone(), fixture::log());
        tokio::spawn(api.serve(listener));
        Self { address, lambda, reports }
    }

    async fn try_connect(
        &self,
        headers: &[(&str, &str)],
    ) -> Result<(Client, Response<Option<Vec<u8>>>), Error> {
        let mut request = format!("ws://{}/default", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request
                .headers_mut()
                .append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        client_async(request, TcpStream::connect(self.address).await.unwrap()).await
    }

    /// A connection, and its id.
    async fn connect(&mut self) -> (Client, String) {
        let (client, _) = self.try_connect(&[]).await.unwrap();
        let report = self.reports.next_of("CONNECT").await;
        (client, report["event"]["requestContext"]["connectionId"].as_str().unwrap().to_owned())
    }

    async fn management(&self, method: &str, id: &str, headers: &[&str], body: &[u8]) -> Answer {
        let path = format!("{method} /default/@connections/{}", id.replace('=', "%3D"));
        request(self.address, &path, headers, body).await
    }
}

/// The next message of the server.
async fn next(client: &mut Client) -> Message {
    tokio::time::timeout(SOON, client.next())
        .await
        .expect("a message should come")
        .unwrap()
        .unwrap()
}

/// The code of the close frame that should come next.
async fn close_code(client: &mut Client) -> u16 {
    match next(client).await {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authorizer_and_connect_decide_who_gets_in() {
    let gateway = Gateway::start().await;
    let cases = [
        (("X-Token", "unauthorized"), 401),
        (("X-Token", "deny"), 403),
        (("X-Token", "broken"), 500),
        (("X-Status", "404"), 404),
        (("X-Status", "503"), 500),
        (("X-Status", "no number"), 502),
    ];
    for (header, status) in cases {
        match gateway.try_connect(&[header]).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status, "{header:?}"),
            other => panic!("{header:?}: {other:?}"),
        }
    }
    for (line, status) in [("GET /default", 426), ("GET /other", 403)] {
        assert_eq!(request(gateway.address, line, &[], b"").await.status, status, "{line}");
    }
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_gets_the_authorizers_context_and_cannot_post_to_its_own_connection() {
    let mut gateway = Gateway::start().await;
    let offered = [("Sec-WebSocket-Protocol", "chat.v1, token")];
    let (mut client, response) = gateway.try_connect(&offered).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "chat.v1");
    let report = gateway.reports.next().await;
    assert_eq!(report["posted"], 410);
    let context = &report["event"]["requestContext"];
    assert_eq!(
        (&context["routeKey"], &context["eventType"]),
        (&json!("$connect"), &json!("CONNECT"))
    );
    assert_eq!(
        context["authorizer"],
        json!({"principalId": "someone", "number": "7", "seen": "REQUEST"})
    );
    let id = context["connectionId"].as_str().unwrap();
    assert!(id.len() == 16 && id.ends_with('='), "{id}");

    // Whoever has seen the 101 can post.
    assert_eq!(gateway.management("POST", id, &[SIGNED], b"hello").await.status, 200);
    assert_eq!(next(&mut client).await, Message::text("hello"));
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_take_their_route_one_after_the_other() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    let messages: Vec<String> = (0..8)
        .map(|n| match n {
            0 => "no JSON".to_owned(),
            1 => r#"{"action":"special"}"#.to_owned(),
            _ => json!({"action": "other", "n": n}).to_string(),
        })
        .collect();
    for message in &messages {
        client.send(Message::text(message)).await.unwrap();
    }
    for message in &messages {
        let route = if message.contains("special") { "special" } else { "$default" };
        assert_eq!(next(&mut client).await, Message::text(format!("{route} heard {message}")));
        let report = gateway.reports.next_of("MESSAGE").await;
        assert_eq!(report["event"]["body"], *message);
        assert_eq!(report["event"]["requestContext"]["connectionId"], *id);
        assert!(report["event"].get("headers").is_none());
    }
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_function_is_a_frame_to_the_client() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    client.send(Message::text(r#"{"fail":true}"#)).await.unwrap();
    let frame: Value = serde_json::from_str(next(&mut client).await.to_text().unwrap()).unwrap();
    assert_eq!(
        (&frame["message"], &frame["connectionId"]),
        (&json!("Internal server error"), &json!(id))
    );
    assert!(frame["requestId"].is_string());
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnect_is_told_however_the_connection_ends() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    client.close(None).await.unwrap();
    let context = gateway.reports.next_of("DISCONNECT").await["event"]["requestContext"].clone();
    assert_eq!(
        (&context["connectionId"], &context["disconnectStatusCode"]),
        (&json!(id), &json!(1005))
    );

    let (client, id) = gateway.connect().await;
    drop(client);
    let context = gateway.reports.next_of("DISCONNECT").await["event"]["requestContext"].clone();
    assert_eq!(
        (&context["connectionId"], &context["disconnectStatusCode"]),
        (&json!(id), &json!(1006))
    );
    assert_eq!(gateway.management("POST", &id, &[SIGNED], b"x").await.status, 410);
    gateway.lambda.stop().await;
}

/// Sends one message in frames of this size.
async fn send_in_frames(client: &mut Client, text: &str, size: usize) -> Result<(), Error> {
    let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
    for (index, chunk) in chunks.iter().enumerate() {
        let code = if index == 0 { Data::Text } else { Data::Continue };
        let last = index + 1 == chunks.len();
        let header =
            FrameHeader { is_final: last, opcode: OpCode::Data(code), ..FrameHeader::default() };
        client.send(Message::Frame(Frame::from_payload(header, chunk.to_vec().into()))).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn large_frames_large_messages_and_binary_ones_end_the_connection() {
    let mut gateway = Gateway::start().await;
    let largest = "a".repeat(128 * 1024);
    let (mut client, _) = gateway.connect().await;
    send_in_frames(&mut client, &largest, 32 * 1024).await.unwrap();
    let report = gateway.reports.next_of("MESSAGE").await;
    assert_eq!(
        report["event"]["body"].as_str().map(str::len),
        Some(largest.len()),
        "the limits themselves pass"
    );

    let (mut client, _) = gateway.connect().await;
    send_in_frames(&mut client, &format!("{largest}a"), 32 * 1024).await.unwrap();
    assert_eq!(close_code(&mut client).await, 1009);

    let (mut client, _) = gateway.connect().await;
    client.send(Message::text(&largest[..=32 * 1024])).await.unwrap();
    assert_eq!(close_code(&mut client).await, 1009);
    let context = gateway.reports.next_of("DISCONNECT").await["event"]["requestContext"].clone();
    assert_eq!(context["disconnectStatusCode"], 1009);

    let (mut client, _) = gateway.connect().await;
    client.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(close_code(&mut client).await, 1003);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_with_its_lifetime_or_when_it_is_idle() {
    let (short, long) = (Duration::from_millis(300), Duration::from_secs(3600));
    for limits in [
        ConnectionLimits { lifetime: short, idle: long },
        ConnectionLimits { lifetime: long, idle: short },
    ] {
        let mut gateway = Gateway::with_limits(limits).await;
        let (mut client, _) = gateway.connect().await;
        let connected = Instant::now();
        if limits.idle == short {
            tokio::time::sleep(short / 2).await;
            client.send(Message::text("{}")).await.unwrap();
            assert_eq!(next(&mut client).await, Message::text("$default heard {}"));
        }
        assert_eq!(close_code(&mut client).await, 1001, "{limits:?}");
        let expected = if limits.idle == short { short + short / 2 } else { short };
        assert!(
            connected.elapsed() + Duration::from_millis(50) >= expected,
            "{:?} {limits:?}",
            connected.elapsed()
        );
        gateway.lambda.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_management_api_looks_and_disconnects_and_refuses_what_is_wrong() {
    let mut gateway = Gateway::start().await;
    let (mut client, id) = gateway.connect().await;
    let answer = gateway.management("POST", &id, &[], b"x").await;
    assert_eq!(
        (answer.status, answer.json()),
        (403, json!({"message": "Missing Authentication Token"}))
    );
    assert_eq!(
        gateway.management("POST", &id, &[SIGNED], &vec![b'a'; 128 * 1024 + 1]).await.status,
        413
    );
    assert_eq!(gateway.management("POST", "nonsense", &[SIGNED], b"x").await.status, 400);
    let answer = gateway.management("POST", "AAAAAAAAAAAAAAA=", &[SIGNED], b"x").await;
    assert_eq!((answer.status, answer.header("x-amzn-ErrorType")), (410, Some("GoneException")));

    let largest = "ü".repeat(64 * 1024);
    assert_eq!(gateway.management("POST", &id, &[SIGNED], largest.as_bytes()).await.status, 200);
    assert_eq!(next(&mut client).await, Message::text(largest));
    let seen = gateway.management("GET", &id, &[SIGNED], b"").await.json();
    assert_eq!(seen["identity"]["sourceIp"], "127.0.0.1");
    assert!(seen["connectedAt"].as_str() <= seen["lastActiveAt"].as_str(), "{seen}");

    assert_eq!(gateway.management("DELETE", &id, &[SIGNED], b"").await.status, 204);
    assert_eq!(close_code(&mut client).await, 1000);
    for method in ["POST", "GET", "DELETE"] {
        assert_eq!(gateway.management(method, &id, &[SIGNED], b"").await.status, 410, "{method}");
    }
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_fills_its_buffer_and_hinders_nobody_else() {
    let mut gateway = Gateway::start().await;
    let (_silent, silent_id) = gateway.connect().await;
    let (mut other, other_id) = gateway.connect().await;
    let large = vec![b'a'; 128 * 1024];
    until("the buffer is full", async || {
        let answer = gateway.management("POST", &silent_id, &[SIGNED], &large).await;
        if answer.status == 429 {
            assert_eq!(answer.header("x-amzn-ErrorType"), Some("LimitExceededException"));
        }
        answer.status == 429
    })
    .await;
    assert_eq!(gateway.management("POST", &other_id, &[SIGNED], b"hello").await.status, 200);
    assert_eq!(next(&mut other).await, Message::text("hello"));
    assert_eq!(gateway.management("DELETE", &silent_id, &[SIGNED], b"").await.status, 204);
    let context = gateway.reports.next_of("DISCONNECT").await["event"]["requestContext"].clone();
    assert_eq!(context["connectionId"], silent_id);
    gateway.lambda.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_never_ends_disturbs_nobody() {
    let mut gateway = Gateway::start().await;
    let mut silent = TcpStream::connect(gateway.address).await.unwrap();
    silent.write_all(b"GET /default HTTP/1.1\r\nHost:").await.unwrap();
    let (mut client, id) = gateway.connect().await;
    assert_eq!(gateway.management("POST", &id, &[SIGNED], b"hello").await.status, 200);
    assert_eq!(next(&mut client).await, Message::text("hello"));
    gateway.lambda.stop().await;
}
