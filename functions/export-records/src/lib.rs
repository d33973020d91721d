//! An operator hands a customer's records, or one session's, over: one ZIP in the records' bucket with
//! `records.json`, the images, and `index.html` for people. docs/RECORDS.md describes them.
//!
//! The same records give the same bytes. It is written in parts, each of them progress: killed anywhere and
//! asked again, it goes on after the last part that is noted, and comes to the same bytes.

mod archive;
mod cursor;
mod day;
mod document;
mod job;
mod page;
mod work;
mod zip;

use chat::{
    app::App,
    error::Error,
    random,
    records::{Answered, Asked, Deadline, Refusal},
    store::{
        SESSIONS, Statement, Subject,
        exports::{self, Begun},
    },
};
use job::{Finished, Job, LEASE};
use serde_json::{Value, json};
use std::time::Duration;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[
    &exports::BEGIN,
    &exports::CUSTOMER,
    &exports::SESSION,
    &exports::MESSAGES,
    &exports::GO_ON,
    &exports::FINISH,
    &SESSIONS,
];

/// When to leave the rest to the next call; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_mins(13);
/// Sessions counted by one statement.
const PAGE: i64 = 500;

/// Exports, or goes on with an export that was begun; answers with the ZIP's key and SHA-256.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`], [`Error::DirectoryUnavailable`]: ask again.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let mut asked = Asked::of(event);
    let (subject, dry_run) = (asked.subject(), asked.dry_run());
    let (subject, dry_run) = asked.finish(subject.zip(dry_run))?;
    let answered =
        if dry_run { would_export(app, subject).await? } else { export(app, subject).await? };
    Ok(answered.about(subject))
}

async fn export(app: &App, subject: Subject) -> Result<Answered, Error> {
    let name = job::name(subject);
    let begun = exports::begin(&app.db, subject, random::new_id(), &name, LEASE).await?;
    let (id, customer, begun_at) = match begun {
        Begun::NoSession => return Ok(Answered::refused(Refusal::SessionNotFound, json!({}))),
        Begun::Busy => return Ok(Answered::refused(Refusal::RecordsBusy, json!({}))),
        Begun::Export { id, customer, begun_at } => (id, customer, begun_at),
    };
    let job = Job::of(app, subject, customer, id, begun_at);
    Ok(match job.run(Deadline::after(LONGEST_RUN)).await? {
        Finished::Whole(whole) => Answered::done(json!({
            "export": {
                "key": whole.key, "sha256": whole.sha256, "bytes": whole.bytes,
                "images_missing": whole.images_missing,
            },
        })),
        Finished::Lost => Answered::refused(Refusal::RecordsBusy, json!({})),
        Finished::Unfinished => Answered::refused(Refusal::Unfinished, json!({})),
    })
}

/// How much an export would hold.
async fn would_export(app: &App, subject: Subject) -> Result<Answered, Error> {
    let (mut sessions, mut messages, mut after) = (0, 0, 0);
    loop {
        let page = chat::store::sessions_of(&app.db, subject, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id.get();
        sessions += page.len();
        messages += page.iter().map(|it| it.last_seq - it.first_seq + 1).sum::<i64>();
    }
    if matches!(subject, Subject::Session(_)) && sessions == 0 {
        return Ok(Answered::refused(Refusal::SessionNotFound, json!({})));
    }
    Ok(Answered::done(
        json!({"dry_run": true, "would_export": {"sessions": sessions, "messages": messages}}),
    ))
}
