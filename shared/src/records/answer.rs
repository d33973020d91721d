//! How a duty answers: with what it did, or with why it did not, as a problem document.

use crate::{
    error::Error,
    id::{CustomerId, DentistId, SessionId},
    identity::Role,
    store::Subject,
};
use serde_json::{Value, json};

/// Why a duty was not done, though nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 409: a hold stands.
    OnHold,
    /// 409: another job works on the same records; it has two minutes after its last step.
    RecordsBusy,
    /// 404: there is no such session.
    SessionNotFound,
    /// 404: no such hold stands.
    HoldNotFound,
    /// 409: time was over; asked again, it goes on.
    Unfinished,
    /// 409: ten thousand people's tokens are revoked.
    TooManyRevocations,
}

impl Refusal {
    /// The code that whoever asked decides by.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OnHold => "on_hold",
            Self::RecordsBusy => "records_busy",
            Self::SessionNotFound => "session_not_found",
            Self::HoldNotFound => "hold_not_found",
            Self::Unfinished => "unfinished",
            Self::TooManyRevocations => "too_many_revocations",
        }
    }

    const fn words(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::OnHold => (409, "Conflict", "A hold stands: nothing is erased."),
            Self::RecordsBusy => (
                409,
                "Conflict",
                "Another job works on the same records; ask again in two minutes.",
            ),
            Self::SessionNotFound => (404, "Not Found", "There is no such session."),
            Self::HoldNotFound => (404, "Not Found", "No such hold stands."),
            Self::Unfinished => (409, "Conflict", "More is left than one run does; ask again."),
            Self::TooManyRevocations => (
                409,
                "Conflict",
                "So many people's tokens are revoked that it is better to replace the app clients.",
            ),
        }
    }

    /// The problem document (RFC 9457), with what else there is to say.
    #[must_use]
    pub fn problem(self, more: Value) -> Value {
        let (status, title, detail) = self.words();
        let retryable = matches!(self, Self::RecordsBusy | Self::Unfinished);
        let mut problem = json!({
            "type": "about:blank", "title": title, "status": status, "code": self.code(), "detail": detail,
            "retryable": retryable,
        });
        if let (Some(problem), Value::Object(more)) = (problem.as_object_mut(), more) {
            problem.extend(more);
        }
        problem
    }
}

/// What a duty answers, and what its audit line says.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Value,
    /// `done`, or a refusal's code.
    pub outcome: &'static str,
    /// Which customer, or whose records, it was about.
    pub customer: Option<CustomerId>,
    /// Which dentist.
    pub dentist: Option<DentistId>,
    /// Which session's.
    pub session: Option<SessionId>,
}

impl Answered {
    /// It was done.
    #[must_use]
    pub const fn done(answer: Value) -> Self {
        Self { answer, outcome: "done", customer: None, dentist: None, session: None }
    }

    /// It was not.
    #[must_use]
    pub fn refused(refusal: Refusal, more: Value) -> Self {
        let (answer, outcome) = (refusal.problem(more), refusal.code());
        Self { outcome, ..Self::done(answer) }
    }

    /// The request does not fit its description.
    ///
    /// # Errors
    /// Any other error.
    pub fn invalid(error: Error) -> Result<Self, Error> {
        match error {
            Error::InvalidRequest(_) => {
                let answer = serde_json::to_value(error.problem("")).unwrap_or_default();
                Ok(Self { outcome: error.code(), ..Self::done(answer) })
            }
            error => Err(error),
        }
    }

    /// About whose records.
    #[must_use]
    pub const fn about(mut self, subject: Subject) -> Self {
        match subject {
            Subject::Customer(customer) => self.customer = Some(customer),
            Subject::Session(session) => self.session = Some(session),
        }
        self
    }

    /// About which person.
    #[must_use]
    pub fn about_person(mut self, role: Role, id: i64) -> Self {
        match role {
            Role::Customer => self.customer = Some(id.into()),
            Role::Dentist => self.dentist = Some(id.into()),
        }
        self
    }
}
