//! `POST /sessions/{session_id}/read`: a participant has seen the messages up to one of them.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    caller::Role,
    delivery::news::News,
    error::Error,
    fields::{Bounded, Fields, Id},
    id::SessionId,
    store::messages,
};
use serde::Serialize;

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
pub async fn handle(app: &App, call: Call<MarkRead>) -> Result<Answer, Error> {
    let MarkRead { session_id, up_to_seq } = call.request;
    let mark = messages::mark_read(&app.db, call.caller, session_id, up_to_seq).await?;
    let answer = Answer::ok(&Answered {
        session_id,
        up_to_seq: mark.up_to_seq,
        marked: mark.marked,
        unread_count: mark.unread_count,
    });
    let answer = answer.about(session_id).seqs(mark.up_to_seq, mark.up_to_seq);
    let Some((read_at, change)) = mark.moved else { return Ok(answer) };
    let news = News::of_reading(change, call.caller.role(), mark.up_to_seq, read_at);
    Ok(answer.then(news.into()))
}
