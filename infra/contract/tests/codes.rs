//! Every error and every frame that the code can make is in the documents, and nothing else is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

use chat::{
    error::{Cause, Error},
    fields::FieldError,
    frame::Frame,
    identity::Role,
    image::Image,
    message::{Message, MessageView},
    session::{Names, Session, Status},
};
use chat_contract::{Contract, Direction, Place};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// Status, code, and whether trying again may help.
type Row = (u64, String, bool);

/// One error after the other. An error that is new does not compile until it has its place here.
fn next(error: Option<&Error>) -> Option<Error> {
    Some(match error {
        None => Error::Unauthenticated,
        Some(Error::Unauthenticated) => Error::WrongTokenUse,
        Some(Error::WrongTokenUse) => Error::TooLarge,
        Some(Error::TooLarge) => Error::InvalidRequest(Vec::new()),
        Some(Error::InvalidRequest(_)) => Error::InvalidJson,
        Some(Error::InvalidJson) => Error::UnknownAction,
        Some(Error::UnknownAction) => Error::UnknownUser,
        Some(Error::UnknownUser) => Error::AmbiguousUser,
        Some(Error::AmbiguousUser) => Error::Forbidden,
        Some(Error::Forbidden) => Error::SessionNotFound,
        Some(Error::SessionNotFound) => Error::MessageNotFound,
        Some(Error::MessageNotFound) => Error::UnknownDentist,
        Some(Error::UnknownDentist) => Error::UnknownCustomer,
        Some(Error::UnknownCustomer) => Error::SessionArchived,
        Some(Error::SessionArchived) => Error::ActiveSessionExists,
        Some(Error::ActiveSessionExists) => Error::MessageRetracted,
        Some(Error::MessageRetracted) => Error::TooLate,
        Some(Error::TooLate) => Error::SyncExpired,
        Some(Error::SyncExpired) => Error::ClientMessageIdReused,
        Some(Error::ClientMessageIdReused) => Error::ImageNotFound,
        Some(Error::ImageNotFound) => Error::ImageInvalid,
        Some(Error::ImageInvalid) => Error::ImageHasLocation,
        Some(Error::ImageHasLocation) => Error::RateLimited(1),
        Some(Error::RateLimited(_)) => Error::Unavailable(Cause::new("")),
        Some(Error::Unavailable(_)) => Error::DirectoryUnavailable(Cause::new("")),
        Some(Error::DirectoryUnavailable(_)) => Error::Internal(Cause::new("")),
        Some(Error::Internal(_)) => return None,
    })
}

fn errors() -> impl Iterator<Item = Error> {
    let mut last: Option<Error> = None;
    std::iter::from_fn(move || {
        let error = next(last.as_ref())?;
        last = next(last.as_ref());
        Some(error)
    })
}

/// The rows that a schema narrows problem documents to.
fn rows(narrowing: &Place<'_>) -> BTreeSet<Row> {
    let properties = &narrowing.value()["properties"];
    let status = properties["status"]["const"].as_u64().unwrap();
    let retryable = properties["retryable"]["const"].as_bool().unwrap();
    let codes = properties["code"]["enum"].as_array().unwrap().iter();
    codes.map(|code| (status, code.as_str().unwrap().to_owned(), retryable)).collect()
}

/// What the HTTP operations may answer with.
fn http_rows(contract: &Contract) -> BTreeSet<Row> {
    let mut found = BTreeSet::new();
    for (_, operation) in contract.operations() {
        for (_, response) in operation.get("responses").unwrap().members() {
            let problem =
                response.path(&["content", "application/problem+json", "schema", "allOf", "1"]);
            found.extend(problem.iter().flat_map(rows));
        }
    }
    found
}

/// What error frames may hold.
fn frame_rows(contract: &Contract) -> BTreeSet<Row> {
    let variants =
        contract.asyncapi().path(&["components", "messages", "error", "payload", "oneOf"]);
    variants.iter().flat_map(Place::items).flat_map(|variant| rows(&variant)).collect()
}

#[test]
fn every_error_is_described_with_its_status() {
    let contract = Contract::read().unwrap();
    let of_the_code: BTreeSet<Row> = errors()
        .map(|error| {
            let (status, retryable) =
                (error.status().as_u16().into(), error.retry_after().is_some());
            (status, error.code().to_owned(), retryable)
        })
        .collect();
    let described: BTreeSet<Row> =
        http_rows(&contract).union(&frame_rows(&contract)).cloned().collect();
    assert_eq!(described, of_the_code);
}

#[test]
fn every_http_error_fits_its_schema() {
    let contract = Contract::read().unwrap();
    let of_frames_only = ["invalid_json", "unknown_action"];
    for error in errors().filter(|error| !of_frames_only.contains(&error.code())) {
        let error = match error {
            Error::InvalidRequest(_) => Error::invalid("limit", "must be smaller"),
            other => other,
        };
        let document = serde_json::to_value(error.problem("abc=")).unwrap();
        let (status, code) = (error.status().as_u16(), error.code());
        let outcomes = contract.outcomes();
        let described =
            outcomes.iter().find(|outcome| (outcome.status, &*outcome.code) == (status, code));
        let operation = &contract.operations()[&described.unwrap().operation];
        let names =
            ["responses", &status.to_string(), "content", "application/problem+json", "schema"];
        assert_eq!(
            contract.schema(&operation.path(&names).unwrap()).unwrap().check(&document),
            Ok(())
        );
    }
}

fn message(is_whole: bool) -> MessageView {
    let now = OffsetDateTime::now_utc();
    let key = "sessions/5/customer-42/8aa4de8d-7d80-4d6d-a570-a2444f759e7c.jpg".to_owned();
    let image =
        Image { key: key.clone(), url: "https://images.example/a?b=c".into(), expires_at: now };
    let message = Message {
        id: 1.into(),
        session_id: 5.into(),
        seq: 1,
        sender_type: Role::Customer,
        sender_id: 42,
        content: "Good morning".to_owned(),
        image_urls: if is_whole { vec![key] } else { Vec::new() },
        client_message_id: Uuid::from_u128(7),
        created_at: now,
        is_read: is_whole,
        read_at: is_whole.then_some(now),
        corrected_at: is_whole.then_some(now),
        retracted_at: (!is_whole).then_some(now),
    };
    MessageView::new(message, if is_whole { vec![image] } else { Vec::new() })
}

fn session(last_message: Option<MessageView>) -> Session<MessageView> {
    let now = OffsetDateTime::now_utc();
    Session {
        id: 5.into(),
        status: if last_message.is_some() { Status::Active } else { Status::Archived },
        customer_id: 42.into(),
        dentist_id: 7.into(),
        created_at: now,
        updated_at: now,
        last_seq: 0,
        customer_read_seq: 0,
        dentist_read_seq: 0,
        customer_unread_count: 0,
        dentist_unread_count: 0,
        last_message,
    }
}

/// The document's name for a frame. A new frame does not compile until it has one.
fn name(frame: &Frame<'_>) -> &'static str {
    match frame {
        Frame::MessageCreated { .. } => "messageCreated",
        Frame::MessageUpdated { .. } => "messageUpdated",
        Frame::MessagesRead { .. } => "messagesRead",
        Frame::SessionCreated { .. } => "sessionCreated",
        Frame::SessionUpdated { .. } => "sessionUpdated",
        Frame::Typing { .. } => "typingShown",
        Frame::Pong { .. } => "pong",
        Frame::Error(_) => "error",
    }
}

#[test]
fn every_frame_fits_its_schema_and_every_schema_has_a_frame() {
    let contract = Contract::read().unwrap();
    let now = OffsetDateTime::now_utc();
    let (whole, plain) = (message(true), message(false));
    let [whole_message, plain_message] = [&whole, &plain].map(|view| view.written().unwrap());
    let view = |message| session(message).view(Role::Customer, &Names::default());
    let session_id = 5.into();
    let unknown = Error::UnknownAction;
    let error = FieldError { field: "typing".to_owned(), reason: "is required".to_owned() };
    let invalid = Error::InvalidRequest(vec![error]);
    let reading = |unread_count| Frame::MessagesRead {
        session_id,
        reader: Role::Dentist,
        up_to_seq: 1,
        read_at: now,
        unread_count,
    };
    let frames = [
        Frame::MessageCreated { session_id, seq: 1, message: &whole_message },
        Frame::MessageCreated { session_id, seq: 1, message: &plain_message },
        Frame::MessageUpdated { session_id, seq: 1, message: &whole_message },
        Frame::MessageUpdated { session_id, seq: 1, message: &plain_message },
        reading(None),
        reading(Some(3)),
        Frame::SessionCreated { session: view(None) },
        Frame::SessionUpdated { session: view(Some(plain.clone())) },
        Frame::Typing { session_id, sender_type: Role::Customer, typing: true, expires_at: now },
        Frame::Pong { connection_id: "abc=" },
        Frame::Error((&unknown.problem("abc=")).into()),
        Frame::Error((&invalid.problem("abc=")).into()),
    ];
    let mut seen = BTreeSet::from(["gatewayError".to_owned()]);
    for frame in &frames {
        let sent = serde_json::from_str(&frame.to_json().unwrap()).unwrap();
        assert_eq!(contract.check_frame(Direction::Sent, &sent).as_deref(), Ok(name(frame)));
        seen.insert(name(frame).to_owned());
    }
    let described: BTreeSet<String> = contract.messages(Direction::Sent).into_keys().collect();
    assert_eq!(seen, described);
}
