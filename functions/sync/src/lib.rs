//! `GET /sync`: what changed since the caller last looked.

mod cursor;

use chat::{
    api::{Answer, Call, Request},
    app::App,
    error::Error,
    fields::{Bounded, Fields},
    fit::Fitting,
    identity::Role,
    message::MessageView,
    session::{Names, SessionView},
    store::{
        Statement,
        sync::{self, Change},
    },
};
use cursor::Since;
use serde::Serialize;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&sync::PAGE];

const DEFAULT_LIMIT: i64 = 50;

/// A page of a catch-up.
#[derive(Debug)]
pub struct Sync {
    since: Option<Since>,
    limit: i64,
}

impl Request for Sync {
    const HAS_BODY: bool = false;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        let since = fields.query("since");
        let limit = fields.query("limit").unwrap_or(Bounded::<1, 100>(DEFAULT_LIMIT)).0;
        Some(Self { since, limit })
    }
}

#[derive(Serialize)]
struct Answered {
    changes: Fitting,
    next: String,
    has_more: bool,
    unread_total: i64,
}

#[derive(Serialize)]
struct ChangeView {
    session: SessionView,
    messages: Vec<MessageView>,
    truncated: bool,
}

/// Answers with the caller's sessions that changed, each with its messages that are new or changed, and
/// the cursor to ask with next; with fewer sessions than asked for where they would not fit an answer.
///
/// # Errors
/// [`Error::InvalidRequest`] for another caller's cursor; [`Error::SyncExpired`].
pub async fn handle(app: &App, call: Call<Sync>) -> Result<Answer, Error> {
    let Call { caller, request: Sync { since, limit }, .. } = call;
    let cursor = since.map(|since| since.cursor_of(caller)).transpose()?;
    let mut page = sync::page(&app.db, caller, cursor, limit).await?;

    let sessions = page.changes.iter().map(|change| &change.session);
    let people: Vec<_> =
        sessions.map(|session| (session.customer_id, session.dentist_id)).collect();
    let names = app.directory.names(&people).await;
    let mut changes = Fitting::default();
    for change in &mut page.changes {
        let shown = show(app, change, caller.role(), &names).await?;
        if !changes.add(&shown)? {
            break;
        }
    }
    let (next, has_more) = page.next(changes.range().len());
    let (next, unread_total) = (cursor::encode(caller, next), page.unread_total);
    Answer::ok(&Answered { changes, next, has_more, unread_total })
}

/// The change as it is shown to one side; its messages are taken out.
async fn show(
    app: &App,
    change: &mut Change,
    role: Role,
    names: &Names,
) -> Result<ChangeView, Error> {
    let session = app.bucket.show_session(change.session.clone()).await?.view(role, names);
    let mut messages = Vec::with_capacity(change.messages.len());
    for message in std::mem::take(&mut change.messages) {
        messages.push(app.bucket.show(message).await?);
    }
    Ok(ChangeView { session, messages, truncated: change.truncated })
}
