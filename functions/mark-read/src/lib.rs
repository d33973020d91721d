//! `POST /sessions/{session_id}/read`: a participant has seen the messages up to one of them.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    delivery::{Delivery, Frames},
    error::Error,
    fields::{Bounded, Fields, Id},
    id::SessionId,
    identity::Role,
    store::{Statement, connections, messages, outbox},
};
use serde::Serialize;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] =
    &[&messages::MARK_READ, &outbox::SETTLE, &connections::FORGET_GONE];

/// How far the caller has read.
#[derive(Debug)]
pub struct MarkRead {
    session_id: SessionId,
    up_to_seq: i64,
}

impl Request for MarkRead {
    const HAS_BODY: bool = true;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let session_id = fields.path("session_id").map(|Id(id)| id.into());
        let up_to_seq = fields.body("up_to_seq").map(|Bounded::<0, { i64::MAX }>(seq)| seq);
        Some(Self { session_id: session_id?, up_to_seq: up_to_seq? })
    }
}

#[derive(Serialize)]
struct Answered {
    session_id: SessionId,
    up_to_seq: i64,
    marked: i64,
    unread_count: i64,
}

/// Moves the caller's read mark, never back, and answers with the mark in force.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session; [`Error::InvalidRequest`] beyond
/// the last message.
pub async fn handle(app: &App, call: Call<MarkRead>) -> Result<Answer<Option<Delivery>>, Error> {
    let Call { caller, request: MarkRead { session_id, up_to_seq }, connection } = call;
    let connection = connection.as_deref();
    let mark = messages::mark_read(&app.db, caller, session_id, up_to_seq, connection).await?;
    let (up_to_seq, unread_count) = (mark.up_to_seq, mark.unread_count);
    let answered = Answered { session_id, up_to_seq, marked: mark.marked, unread_count };
    let answer = Answer::ok(&answered)?.about(session_id).seqs(up_to_seq, up_to_seq);
    let Some((read_at, row)) = mark.moved else { return Ok(answer.then(None)) };
    let frames = Frames::of_reading(row, caller.role(), up_to_seq, read_at, unread_count)?;
    Ok(answer.then(Some(frames.into())))
}
