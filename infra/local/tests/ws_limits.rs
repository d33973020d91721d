//! The WebSocket API has API Gateway's limits.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod fixture;

use std::time::{Duration, Instant};

use chat_local::ws_api::ConnectionLimits;
use fixture::until;
use fixture::ws_gateway::{Client, Gateway, LIMITS, close_code, next};
use futures_util::SinkExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::{Error, Message};

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
    let short = Duration::from_millis(1_500);
    for limits in
        [ConnectionLimits { lifetime: short, ..LIMITS }, ConnectionLimits { idle: short, ..LIMITS }]
    {
        let mut gateway = Gateway::with_limits(limits).await;
        let mut since = Instant::now();
        let (mut client, _) = gateway.connect().await;
        if limits.idle == short {
            // Part of its time, so that the rest alone would be too short.
            tokio::time::sleep(short / 4).await;
            since = Instant::now();
            client.send(Message::text("{}")).await.unwrap();
            assert_eq!(next(&mut client).await, Message::text("$default heard {}"));
        }
        assert_eq!(close_code(&mut client).await, 1001, "{limits:?}");
        assert!(since.elapsed() >= short, "{:?} {limits:?}", since.elapsed());
        gateway.lambda.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_fills_its_buffer_and_hinders_nobody_else() {
    let mut gateway = Gateway::start().await;
    let (_silent, silent_id) = gateway.connect().await;
    let (mut other, other_id) = gateway.connect().await;
    let large = vec![b'a'; 128 * 1024];
    until("the buffer is full", async || {
        let answer = gateway.management("POST", &silent_id, &large).await;
        if answer.status == 429 {
            assert_eq!(answer.header("x-amzn-ErrorType"), Some("LimitExceededException"));
        }
        answer.status == 429
    })
    .await;
    assert_eq!(gateway.management("POST", &other_id, b"hello").await.status, 200);
    assert_eq!(next(&mut other).await, Message::text("hello"));
    assert_eq!(gateway.management("DELETE", &silent_id, b"").await.status, 204);
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
    assert_eq!(gateway.management("POST", &id, b"hello").await.status, 200);
    assert_eq!(next(&mut client).await, Message::text("hello"));
    gateway.lambda.stop().await;
}
