//! HTTP events of every operation, damaged over and over: no answer is the service's fault.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat_fuzz::Corpus;
use chat_testing::{Event, Operation, with_chat};
use serde_json::json;
use std::sync::mpsc;

/// What of an event a client decides: path, query, body; a line each.
fn corpus() -> Corpus {
    let bodies = [
        r#"{"client_message_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","content":"hello","image_urls":[]}"#,
        r#"{"dentist_id":7}"#,
        r#"{"status":"archived"}"#,
        r#"{"up_to_seq":41}"#,
        r#"{"content_type":"image/jpeg","content_length":123456}"#,
        r#"{"onesignal_player_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7"}"#,
    ];
    let queries = ["", "limit=5", "before=3&limit=100", "status=all", "since=x", "around=0"];
    let seeds = bodies.iter().zip(queries).map(|(body, query)| format!("1\n{query}\n{body}"));
    Corpus::new(
        seeds,
        [
            "\n",
            "null",
            "\"content\":",
            "\\u0000",
            "\\ud800",
            "-1",
            "9223372036854775808",
            "[",
            "}",
            "limit=",
            "&",
            "%00",
        ],
    )
}

#[test]
fn fuzz_events() {
    // The parser is asked on another thread than the fuzzer's, which has no runtime.
    let (asks, asked) = mpsc::channel::<Vec<u8>>();
    let (says, said) = mpsc::channel::<Vec<i64>>();
    let service = std::thread::spawn(move || {
        with_chat(async |chat| {
            let customer = chat.customer().await;
            for input in asked {
                let text = String::from_utf8_lossy(&input).into_owned();
                let mut parts = text.splitn(3, '\n').map(str::to_owned);
                let mut part = || parts.next().unwrap_or_default();
                let (session, query, body) = (part(), part(), part());
                let parameters: serde_json::Map<_, _> = query
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(name, value)| (name.to_owned(), json!(value)))
                    .collect();
                let mut statuses = vec![];
                for operation in Operation::ALL {
                    let mut event =
                        Event::of(operation, &customer).session(session.clone()).text(body.clone());
                    event.0["queryStringParameters"] = json!(parameters);
                    statuses.push(chat.invoke(operation, event).await.status);
                }
                says.send(statuses).unwrap();
            }
        });
    });
    let statuses = |input: &[u8]| {
        asks.send(input.to_vec()).unwrap();
        said.recv().unwrap()
    };
    corpus().hunt(|input| assert!(statuses(input).iter().all(|status| *status < 500)));
    drop(asks);
    service.join().unwrap();
}
