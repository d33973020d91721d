//! HTTP: a gateway's event becomes a typed [`Call`], an [`Answer`] or [`Error`] its response.

mod event;
mod response;

pub use event::HttpEvent;
pub use response::Response;

use crate::{
    app::App,
    audit::Audit,
    caller::Caller,
    delivery::Delivery,
    error::{Cause, Error},
    fields::Fields,
    id::SessionId,
    identity::{Identity, Role},
    log,
    message::WrittenMessage,
};
use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use futures_util::FutureExt as _;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use std::{borrow::Cow, panic::AssertUnwindSafe, time::Duration};
use tokio::time::timeout;

/// How long an operation may take in all. Each dependency has its own, shorter bound; this one is
/// for several that are slow at once.
const DEADLINE: Duration = Duration::from_millis(3_500);
/// The largest body that is read, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// What an operation asks of its callers: a type that is valid once it exists.
pub trait Request: Sized {
    /// Whether the operation reads a JSON body.
    const HAS_BODY: bool;

    /// Reads the fields, for a caller on this side. `None` when one of them was refused.
    fn read(fields: &mut Fields, role: Role) -> Option<Self>;
}

/// A valid request of a known caller.
#[derive(Debug)]
pub struct Call<T> {
    /// Who is calling.
    pub caller: Caller,
    /// What they ask for.
    pub request: T,
    /// The WebSocket that they say the request belongs to: if it is theirs, it hears nothing of what the
    /// request changes.
    pub connection: Option<String>,
}

/// What an operation answers. `A` is what it leaves to be done afterwards: nothing, or a delivery, which
/// only a function that works after its answers takes.
#[derive(Debug)]
pub struct Answer<A = ()> {
    status: StatusCode,
    body: Option<String>,
    subject: Subject,
    after: A,
}

/// What an answer was about, for the audit log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject {
    /// The session.
    pub session: Option<SessionId>,
    /// The first and last message, by seq.
    pub seqs: Option<(i64, i64)>,
}

impl Answer {
    /// 200 with a JSON body.
    ///
    /// # Errors
    /// [`Error::Internal`] for what cannot be JSON.
    pub fn ok(body: &impl Serialize) -> Result<Self, Error> {
        Self::json(StatusCode::OK, body)
    }

    /// 201 with a JSON body.
    ///
    /// # Errors
    /// [`Error::Internal`] for what cannot be JSON.
    pub fn created(body: &impl Serialize) -> Result<Self, Error> {
        Self::json(StatusCode::CREATED, body)
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        let subject = Subject::default();
        Self { status: StatusCode::NO_CONTENT, body: None, subject, after: () }
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Error> {
        let unwritable = |_| Error::Internal(Cause::new("an answer cannot be written"));
        let body = Some(serde_json::to_string(body).map_err(unwritable)?);
        Ok(Self { status, body, subject: Subject::default(), after: () })
    }

    /// What is to be done once the answer is out, if anything.
    #[must_use]
    pub fn then(self, delivery: Option<Delivery>) -> Answer<Option<Delivery>> {
        let Self { status, body, subject, .. } = self;
        Answer { status, body, subject, after: delivery }
    }
}

impl<A> Answer<A> {
    /// Says for the audit log which session the answer was about.
    #[must_use]
    pub fn about(mut self, session: SessionId) -> Self {
        self.subject.session = Some(session);
        self
    }

    /// Says for the audit log which message of which session the answer was about.
    #[must_use]
    pub fn about_message(self, message: &WrittenMessage) -> Self {
        self.about(message.session_id()).seqs(message.seq(), message.seq())
    }

    /// Says for the audit log which messages the answer was about.
    #[must_use]
    pub fn seqs(mut self, first: i64, last: i64) -> Self {
        self.subject.seqs = Some((first, last));
        self
    }
}

/// Carries one event to an operation: the checks come in the contract's order (401, 413, 400, then
/// who the caller is, then whatever the operation finds). A panic is an answer too.
pub async fn respond<T: Request, A: Default>(
    app: &App,
    operation: &'static str,
    handle: impl AsyncFn(&App, Call<T>) -> Result<Answer<A>, Error>,
    event: HttpEvent,
) -> (Response, A) {
    let request_id = event.request_id().unwrap_or_default().to_owned();
    let named_session = event.session_in_path();
    let mut actor = None;
    let work = AssertUnwindSafe(async {
        let call = admit(app, event, &mut actor).await?;
        handle(app, call).await
    });
    let result = match timeout(DEADLINE, work.catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::Internal(Cause::new("the operation panicked"))),
        Err(_) => Err(Error::Unavailable(Cause::new("the dependencies together took too long"))),
    };
    let subject = result.as_ref().map_or_else(|_| Subject::default(), |answer| answer.subject);
    let outcome = result.as_ref().map_or_else(Error::code, |_| "done");
    let mut audit = Audit::of(operation, &request_id, outcome);
    audit.caller = actor;
    audit.session = subject.session.or(named_session);
    audit.seqs = subject.seqs;
    audit.write(app);
    match result {
        Ok(answer) => (Response::new(answer.status, answer.body, "application/json"), answer.after),
        Err(error) => (refusal(&error, &request_id), A::default()),
    }
}

/// From an event to a valid request of a known caller.
async fn admit<T: Request>(
    app: &App,
    event: HttpEvent,
    actor: &mut Option<Caller>,
) -> Result<Call<T>, Error> {
    let connection = event.connection();
    let claims = event.claims().ok_or(Error::Unauthenticated)?;
    let identity = Identity::from_claims(claims, &app.config.dentist_group)?;
    let is_base64 = event.is_base64_encoded.unwrap_or_default();
    let body = event.body.as_deref().map(|body| decode_body(body, is_base64));
    let body = match body.transpose()? {
        Some(body) if T::HAS_BODY => parse_body(&body)?,
        _ => Map::new(),
    };
    let mut fields = Fields::new(
        event.path_parameters.unwrap_or_default(),
        event.query_string_parameters.unwrap_or_default(),
        body,
    );
    let request = T::read(&mut fields, identity.role);
    let errors = fields.finish();
    let (Some(request), true) = (request, errors.is_empty()) else {
        return Err(Error::InvalidRequest(errors));
    };
    let caller = Caller::authenticate(&identity, &app.directory).await?;
    *actor = Some(caller);
    Ok(Call { caller, request, connection })
}

/// A body's bytes; also an operation that has no use for them does not take too many. What is too many
/// encoded is so before it is decoded.
fn decode_body(body: &str, is_base64: bool) -> Result<Cow<'_, [u8]>, Error> {
    let bytes = if is_base64 {
        let invalid = |_| Error::invalid("body", "must be valid base64");
        Cow::Owned(BASE64.decode(body).map_err(invalid)?)
    } else {
        Cow::Borrowed(body.as_bytes())
    };
    if bytes.len() > MAX_BODY_BYTES { Err(Error::TooLarge) } else { Ok(bytes) }
}

fn parse_body(body: &[u8]) -> Result<Map<String, Value>, Error> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Error::invalid("body", "must be a JSON object")),
    }
}

fn refusal(error: &Error, request_id: &str) -> Response {
    // What Jarvis does not do, the directory says, once for many requests.
    if let Some(cause) = error.cause().filter(|_| !matches!(error, Error::DirectoryUnavailable(_)))
    {
        log::error!(request_id, code = error.code(), %cause, "refused");
    }
    let body = serde_json::to_string(&error.problem(request_id)).ok();
    Response::new(error.status(), body, "application/problem+json").retry_after(error.retry_after())
}
