//! `GET /sessions/{session_id}/messages`: a participant reads, from either end or around a message.

mod fit;

use chat::{
    api::{Answer, Call, Request},
    app::App,
    caller::Role,
    error::Error,
    fields::{Bounded, Fields, Id},
    id::SessionId,
    message::Message,
    store::messages::{self, Cursor},
};
use fit::fit;
use serde::Serialize;

const DEFAULT_LIMIT: i64 = 50;

/// A page of a session's messages.
#[derive(Debug)]
pub struct ListMessages {
    session_id: SessionId,
    cursor: Cursor,
    limit: i64,
}

impl Request for ListMessages {
    const HAS_BODY: bool = false;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let session_id = fields.path("session_id").map(|Id(id)| id.into());
        let mut seq = |name| fields.query(name).map(|Bounded::<0, { i64::MAX }>(seq)| seq);
        let cursors = [
            seq("before").map(Cursor::Before),
            seq("after").map(Cursor::After),
            seq("around").map(Cursor::Around),
        ];
        let mut given = cursors.into_iter().flatten();
        let cursor = given.next().unwrap_or(Cursor::Newest);
        if given.next().is_some() {
            fields.refuse("before", "at most one of before, after and around may be given");
        }
        let limit = fields.query("limit").unwrap_or(Bounded::<1, 100>(DEFAULT_LIMIT)).0;
        Some(Self { session_id: session_id?, cursor, limit })
    }
}

#[derive(Serialize)]
struct Answered {
    messages: Vec<Message>,
    has_more_before: bool,
    has_more_after: bool,
    last_seq: i64,
    customer_read_seq: i64,
    dentist_read_seq: i64,
}

/// Answers with a page, ascending by `seq`; shorter than asked for where it would not fit an answer.
///
/// # Errors
/// [`Error::SessionNotFound`], also for someone else's session.
pub async fn handle(app: &App, call: Call<ListMessages>) -> Result<Answer, Error> {
    let ListMessages { session_id, cursor, limit } = call.request;
    let mut page = messages::page(&app.db, call.caller, session_id, cursor, limit).await?;
    for message in &mut page.messages {
        app.images.sign(message).await?;
    }
    fit(&mut page, cursor);
    let seqs = page.messages.first().zip(page.messages.last());
    let seqs = seqs.map(|(first, last)| (first.seq, last.seq));
    let answer = Answer::ok(&Answered {
        messages: page.messages,
        has_more_before: page.has_more_before,
        has_more_after: page.has_more_after,
        last_seq: page.last_seq,
        customer_read_seq: page.customer_read_seq,
        dentist_read_seq: page.dentist_read_seq,
    });
    let answer = answer.about(session_id);
    Ok(match seqs {
        Some((first, last)) => answer.seqs(first, last),
        None => answer,
    })
}
