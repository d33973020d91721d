//! `GET /sessions`: the caller's inbox, most recent activity first.

mod cursor;

use chat::{
    api::{Answer, Call, Request},
    app::App,
    error::Error,
    fields::{Bounded, Field, Fields},
    fit::{End, Fitting, fit},
    identity::Role,
    session::{SessionView, Status},
    store::{
        Statement,
        sessions::{self, Position},
    },
};
use cursor::Cursor;
use serde::Serialize;
use serde_json::Value;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&sessions::LIST];

const DEFAULT_LIMIT: i64 = 20;

/// A page of the inbox.
#[derive(Debug)]
pub struct ListSessions {
    status: Option<Status>,
    after: Option<Position>,
    limit: i64,
}

impl Request for ListSessions {
    const HAS_BODY: bool = false;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let StatusFilter(status) =
            fields.query("status").unwrap_or(StatusFilter(Some(Status::Active)));
        let limit = fields.query("limit").unwrap_or(Bounded::<1, 100>(DEFAULT_LIMIT)).0;
        let after = fields.query("cursor").map(|Cursor(position)| position);
        Some(Self { status, after, limit })
    }
}

/// `active`, `archived`, or `all`, which is no filter.
struct StatusFilter(Option<Status>);

impl Field for StatusFilter {
    fn from_json(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some("all") => Ok(Self(None)),
            Some(name) if Status::parse(name).is_some() => Ok(Self(Status::parse(name))),
            _ => Err("must be active, archived or all".to_owned()),
        }
    }
}

#[derive(Serialize)]
struct Answered {
    sessions: Fitting,
    next_cursor: Option<String>,
}

/// Answers with a page of the caller's sessions and the cursor of the next; shorter than asked for where
/// it would not fit an answer.
///
/// # Errors
/// None of its own.
pub async fn handle(app: &App, call: Call<ListSessions>) -> Result<Answer, Error> {
    let Call { caller, request: ListSessions { status, after, limit }, .. } = call;
    // One more than asked for tells whether there is a next page.
    let mut page = sessions::list(&app.db, caller, status, after, limit + 1).await?;
    let asked_for = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut has_more = page.len() > asked_for;
    page.truncate(asked_for);

    let people: Vec<_> =
        page.iter().map(|session| (session.customer_id, session.dentist_id)).collect();
    let names = app.directory.names(&people).await;
    let mut positions = Vec::with_capacity(page.len());
    let mut views: Vec<SessionView> = Vec::with_capacity(page.len());
    for session in page {
        positions.push(Position { updated_at: session.updated_at, id: session.id });
        views.push(app.bucket.show_session(session).await?.view(caller.role(), &names));
    }
    let sessions = fit(&views, |_, _| End::Last)?;
    has_more |= sessions.left_out_last > 0;
    let last = positions[sessions.range()].last().filter(|_| has_more);
    let next_cursor = last.map(|last| cursor::encode(*last));
    Answer::ok(&Answered { sessions, next_cursor })
}
