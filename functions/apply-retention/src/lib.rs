//! On a schedule, daily: messages older than `RETENTION_DAYS` are erased from the beginning of a session on,
//! with their images and with what they said before; then archived sessions of which nothing is left.

use chat::{
    app::App,
    clock,
    error::Error,
    id::SessionId,
    metrics::Metric,
    records::{Answered, Asked, Deadline, delete_bytes},
    store::{
        Statement, erased_objects,
        keeping::Standing,
        trimming::{self, Eraser},
    },
};
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[
    &trimming::EXPIRED,
    &trimming::TRIM,
    &trimming::EMPTY,
    &trimming::REMOVE,
    &erased_objects::NEXT,
    &erased_objects::DONE,
];

/// Messages looked at, or erased, by one statement.
const STEP: i64 = 500;
/// When to leave the rest to the next run; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_mins(12);

#[derive(Default)]
struct Tally {
    messages: i64,
    images: i64,
    sessions: i64,
    /// Sessions that a hold or another job kept.
    kept: i64,
}

/// Erases in steps. Bytes of images are deleted even where nothing expires: an erasure may have left some.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`]: what was erased before stays so.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    // The schedule's own event has members of its own; an operator's has none but `dry_run`.
    let is_scheduled = event.get("detail-type").is_some();
    let mut asked = Asked::of(if is_scheduled { json!({}) } else { event });
    let dry_run = asked.dry_run();
    let dry_run = asked.finish(dry_run)?;
    let deadline = Deadline::after(LONGEST_RUN);
    let mut tally = Tally::default();
    let older_than = app
        .config
        .retention_days
        .map(|days| OffsetDateTime::from(clock::now()) - time::Duration::days(i64::from(days)));
    let mut is_finished = true;
    if let Some(older_than) = older_than {
        if dry_run {
            return would_expire(app, older_than, deadline).await;
        }
        is_finished = expire(app, older_than, deadline, &mut tally).await?
            && remove_empty(app, older_than, deadline, &mut tally).await?;
    }
    let is_deleted = dry_run || delete_bytes(app, None, deadline).await?;
    app.metrics.count(Metric::MessagesExpired, usize::try_from(tally.messages).unwrap_or_default());
    Ok(Answered::done(json!({
        "dry_run": dry_run, "messages": tally.messages, "images": tally.images, "sessions": tally.sessions,
        "kept": tally.kept, "more": !(is_finished && is_deleted),
    })))
}

/// How many messages would go, and which sessions come first.
async fn would_expire(
    app: &App,
    older_than: OffsetDateTime,
    deadline: Deadline,
) -> Result<Answered, Error> {
    let first = trimming::expired(&app.db, older_than, None, STEP).await?;
    let (mut messages, mut held, mut next) = (first.free, first.held, first.next);
    while next.is_some() && !deadline.is_over() {
        let page = trimming::expired(&app.db, older_than, next, STEP).await?;
        (messages, held, next) = (messages + page.free, held + page.held, page.next);
    }
    let empty = trimming::empty(&app.db, 0, STEP, older_than).await?;
    Ok(Answered::done(json!({
        "dry_run": true, "messages": messages, "held_messages": held, "more": next.is_some(),
        "first_sessions": first.sessions, "first_empty_sessions": empty,
        "older_than": chat::timestamp::text(older_than).unwrap_or_default(),
    })))
}

async fn expire(
    app: &App,
    older_than: OffsetDateTime,
    deadline: Deadline,
    tally: &mut Tally,
) -> Result<bool, Error> {
    let mut place = None;
    loop {
        let page = trimming::expired(&app.db, older_than, place, STEP).await?;
        for session in page.sessions {
            let is_expired = expire_session(app, session, older_than, deadline, tally).await?;
            if !is_expired || deadline.is_over() {
                return Ok(false);
            }
        }
        if page.next.is_none() {
            return Ok(true);
        }
        place = page.next;
    }
}

async fn expire_session(
    app: &App,
    session: SessionId,
    older_than: OffsetDateTime,
    deadline: Deadline,
    tally: &mut Tally,
) -> Result<bool, Error> {
    let eraser = Eraser::Retention(older_than);
    while let Some(step) = trimming::trim(&app.db, session, eraser, STEP).await? {
        if step.standing != Standing::Free {
            tally.kept += 1;
            return Ok(true);
        }
        tally.messages += step.messages;
        tally.images += step.images;
        if step.messages < STEP {
            return Ok(true);
        }
        if deadline.is_over() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn remove_empty(
    app: &App,
    older_than: OffsetDateTime,
    deadline: Deadline,
    tally: &mut Tally,
) -> Result<bool, Error> {
    let (mut after, eraser) = (0, Eraser::Retention(older_than));
    loop {
        let empty = trimming::empty(&app.db, after, STEP, older_than).await?;
        let Some(last) = empty.last() else { return Ok(true) };
        after = last.get();
        for session in empty {
            match trimming::remove(&app.db, session, eraser).await? {
                Some((Standing::Free, true)) => tally.sessions += 1,
                Some((Standing::Held | Standing::Busy, _)) => tally.kept += 1,
                Some((Standing::Free, false)) | None => {}
            }
        }
        if deadline.is_over() {
            return Ok(false);
        }
    }
}
