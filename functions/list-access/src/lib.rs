//! An operator asks who had access to records: who wrote and read what, up to where, and who exported, held
//! or erased them, as far as the database knows. Who fetched which page is in the audit log, and the stack
//! `watch` has the queries.

use chat::{
    app::App,
    clock,
    error::Error,
    records::{Answered, Asked},
    store::{
        Statement, Subject,
        access::{self, Created, OperatorAct, ParticipantAct, Span},
    },
    timestamp,
};
use serde_json::{Value, json};
use std::time::Duration;
use time::{OffsetDateTime, macros::datetime};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&access::OPERATORS, &access::CREATED, &access::SESSION];

/// Messages looked at by one statement.
const PAGE: i64 = 2_000;
/// Sessions looked up by one statement.
const SESSIONS: i64 = 100;
/// What an answer has room for.
const MOST_EVENTS: usize = 10_000;
/// When to end an answer; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_mins(12);

/// Lists it. `next` says where to go on, if there is more than one answer has room for: ask with `after`.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`].
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let mut asked = Asked::of(event);
    let subject = asked.subject();
    let from = asked.time_or("from", datetime!(1970-01-01 0:00 UTC));
    let until = asked.time_or("until", OffsetDateTime::from(clock::now()));
    let after = asked.position("after");
    // It changes nothing anyway.
    asked.dry_run();
    let (((subject, from), until), after) =
        asked.finish(subject.zip(from).zip(until).zip(after))?;
    let answer = list(app, subject, (from, until), after).await?;
    Ok(Answered::done(answer).about(subject))
}

async fn list(app: &App, subject: Subject, span: Span, after: (i64, i64)) -> Result<Value, Error> {
    let mut events = Vec::new();
    if after == (0, 0) {
        let limit = i64::try_from(MOST_EVENTS).unwrap_or(i64::MAX);
        let acts = access::operators(&app.db, subject, span, limit).await?;
        events.extend(acts.iter().map(by_operator));
    }
    let (began, (mut after_session, mut after_seq)) = (clock::instant(), after);
    // The session in which an answer ended comes first again.
    let mut page = access::created(&app.db, subject, (after_session - 1).max(0), SESSIONS).await?;
    while !page.is_empty() {
        for session in &page {
            let id = session.session;
            if id.get() != after_session {
                (after_session, after_seq) = (id.get(), 0);
                if session.at >= span.0 && session.at < span.1 {
                    events.push(creation(session));
                }
            }
            loop {
                if events.len() >= MOST_EVENTS || began.elapsed() > LONGEST_RUN {
                    let next = json!({"session_id": after_session, "seq": after_seq});
                    return Ok(json!({"events": events, "next": next}));
                }
                let (end, acts) = access::in_session(&app.db, id, after_seq, PAGE, span).await?;
                let Some(end) = end else { break };
                events.extend(acts.iter().map(|act| by_participant(session, act)));
                after_seq = end;
            }
        }
        page = access::created(&app.db, subject, after_session, SESSIONS).await?;
    }
    Ok(json!({"events": events, "next": null}))
}

fn by_operator(act: &OperatorAct) -> Value {
    json!({
        "at": time(act.at), "act": act.act, "by": "operator", "customer_id": act.customer,
        "session_id": act.session, "reference": act.reference,
    })
}

fn creation(session: &Created) -> Value {
    json!({
        "at": time(session.at), "act": "created", "session_id": session.session,
        "customer_id": session.customer, "dentist_id": session.dentist,
    })
}

fn by_participant(session: &Created, act: &ParticipantAct) -> Value {
    let actor = if act.side == "customer" { session.customer } else { session.dentist };
    json!({
        "at": time(act.at), "act": act.act, "by": act.side, "id": actor, "session_id": session.session,
        "first_seq": act.first_seq, "last_seq": act.last_seq, "messages": act.messages,
    })
}

fn time(at: OffsetDateTime) -> String {
    timestamp::text(at).unwrap_or_default()
}
