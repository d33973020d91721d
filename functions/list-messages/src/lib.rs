//! `GET /sessions/{session_id}/messages`: a participant reads, from either end or around a message.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    error::Error,
    fields::{Bounded, Fields, Id},
    fit::{End, Fitting, fit},
    id::SessionId,
    identity::Role,
    store::{
        Statement,
        messages::{self, Cursor},
    },
};
use serde::Serialize;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&messages::PAGE];

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
    messages: Fitting,
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
    let page = messages::page(&app.db, call.caller, session_id, cursor, limit).await?;
    let mut shown = Vec::with_capacity(page.messages.len());
    for message in page.messages {
        shown.push(app.bucket.show(message).await?);
    }
    // What does not fit goes at the end of the page that is farthest from its cursor.
    let messages = fit(&shown, |first, last| match cursor {
        Cursor::After(_) => End::Last,
        Cursor::Around(seq) if shown[last].seq() - seq > seq - shown[first].seq() => End::Last,
        Cursor::Newest | Cursor::Before(_) | Cursor::Around(_) => End::First,
    })?;
    let seqs = shown[messages.range()].first().zip(shown[messages.range()].last());
    let seqs = seqs.map(|(first, last)| (first.seq(), last.seq()));
    let answer = Answer::ok(&Answered {
        has_more_before: page.has_more_before || messages.left_out_first > 0,
        has_more_after: page.has_more_after || messages.left_out_last > 0,
        messages,
        last_seq: page.last_seq,
        customer_read_seq: page.customer_read_seq,
        dentist_read_seq: page.dentist_read_seq,
    })?;
    let answer = answer.about(session_id);
    Ok(match seqs {
        Some((first, last)) => answer.seqs(first, last),
        None => answer,
    })
}
