//! The audit trail: one line for each request, of who did what to which session, and how it ended.
//! Never of what was said.

use crate::{
    app::App,
    caller::Caller,
    id::{CustomerId, DentistId, SessionId},
    log, timestamp,
};
use serde::Serialize;
use std::time::SystemTime;
use time::OffsetDateTime;

/// One line of the trail. What does not apply is left out.
#[derive(Debug)]
pub struct Audit<'a> {
    /// The gateway's id of the request.
    pub request_id: &'a str,
    /// The function's name.
    pub action: &'static str,
    /// `done`, or an error's code.
    pub outcome: &'static str,
    /// Who asked, once that is known.
    pub caller: Option<Caller>,
    /// About which customer, or whose records, where an operator asked.
    pub customer: Option<CustomerId>,
    /// About which dentist, where an operator asked.
    pub dentist: Option<DentistId>,
    /// About which session.
    pub session: Option<SessionId>,
    /// About which of its messages: the first and the last, by `seq`.
    pub seqs: Option<(i64, i64)>,
    /// Over which WebSocket.
    pub connection: Option<&'a str>,
}

impl<'a> Audit<'a> {
    /// A line about nothing in particular yet.
    #[must_use]
    pub const fn of(action: &'static str, request_id: &'a str, outcome: &'static str) -> Self {
        let (caller, customer, dentist) = (None, None, None);
        let (session, seqs, connection) = (None, None, None);
        Self { request_id, action, outcome, caller, customer, dentist, session, seqs, connection }
    }

    /// Writes the line, whatever `RUST_LOG` says, and notes the outcome among the invocation's metrics.
    pub fn write(&self, app: &App) {
        app.metrics.outcome(self.outcome);
        log::line(&self.line((app.now)()));
    }

    fn line(&self, now: SystemTime) -> Line<'_> {
        Line {
            timestamp: now.into(),
            level: "INFO",
            target: "audit",
            request_id: self.request_id,
            action: self.action,
            outcome: self.outcome,
            role: self.caller.map(|caller| caller.role().as_str()),
            actor: self.caller.map(Caller::id),
            customer: self.customer.map(CustomerId::get),
            dentist: self.dentist.map(DentistId::get),
            session: self.session.map(SessionId::get),
            first_seq: self.seqs.map(|seqs| seqs.0),
            last_seq: self.seqs.map(|seqs| seqs.1),
            connection: self.connection,
        }
    }
}

/// As it is written, with what every other line of the log begins with.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(serialize_with = "timestamp::serialize")]
    timestamp: OffsetDateTime,
    level: &'static str,
    target: &'static str,
    request_id: &'a str,
    action: &'static str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dentist: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a str>,
}
