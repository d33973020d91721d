//! Everything that can go wrong, once: its status, its stable code, its words for the client, and
//! apart from these its cause for the log.

use crate::{fields::FieldError, identity::NoIdentity};
use http::StatusCode;
use serde::Serialize;
use std::fmt;

/// Why an operation was not done.
#[derive(Debug)]
pub enum Error {
    /// 401: no verified claims.
    Unauthenticated,
    /// 401: not an ID token.
    WrongTokenUse,
    /// 413: the body is over 64 KiB.
    TooLarge,
    /// 400: the request does not fit its description.
    InvalidRequest(Vec<FieldError>),
    /// 400: a WebSocket message is not a JSON object.
    InvalidJson,
    /// 400: a WebSocket message asks for nothing we know.
    UnknownAction,
    /// 403: nobody in Jarvis, or an e-mail address that is not verified.
    UnknownUser,
    /// 403: several people in Jarvis.
    AmbiguousUser,
    /// 403: a participant, but on the wrong side.
    Forbidden,
    /// 404: no such session, or none of the caller's.
    SessionNotFound,
    /// 404: a session of the caller's, without a message of this number.
    MessageNotFound,
    /// 404: no such dentist in Jarvis.
    UnknownDentist,
    /// 404: no such customer, or none that the dentist has met.
    UnknownCustomer,
    /// 409: the session takes no messages.
    SessionArchived,
    /// 409: the pair has another active session.
    ActiveSessionExists,
    /// 409: the message was taken back.
    MessageRetracted,
    /// 409: the message was sent too long ago to be corrected.
    TooLate,
    /// 410: the cursor is of another database, or of what this one has forgotten.
    SyncExpired,
    /// 422: the id was used for another message.
    ClientMessageIdReused,
    /// 422: a key under which there is no image of this sender for this session.
    ImageNotFound,
    /// 422: an object that is not an image of a kind and size that is taken.
    ImageInvalid,
    /// 422: an image whose metadata say where it was taken.
    ImageHasLocation,
    /// 429: too much within a short time; how many seconds to wait.
    RateLimited(u64),
    /// 503: PostgreSQL or S3 does not do its part.
    Unavailable(Cause),
    /// 503: Jarvis does not do its part.
    DirectoryUnavailable(Cause),
    /// 500: a mistake of ours.
    Internal(Cause),
}

impl From<NoIdentity> for Error {
    fn from(reason: NoIdentity) -> Self {
        match reason {
            NoIdentity::WrongTokenUse => Self::WrongTokenUse,
            NoIdentity::NoSubject => Self::Unauthenticated,
        }
    }
}

/// What the log says of a failure. Made of codes and our own words only: a driver's own text may
/// quote statements, rows or connection strings.
#[derive(Debug)]
pub struct Cause(String);

impl Cause {
    /// A cause in our own words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize)]
pub struct Problem<'a> {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) title: &'static str,
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) detail: &'static str,
    pub(crate) request_id: &'a str,
    pub(crate) retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errors: Option<&'a [FieldError]>,
}

impl Error {
    /// The request is wrong in one field.
    pub fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self::InvalidRequest(vec![FieldError { field: field.to_owned(), reason: reason.into() }])
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated | Self::WrongTokenUse => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::InvalidRequest(_) | Self::InvalidJson | Self::UnknownAction => {
                StatusCode::BAD_REQUEST
            }
            Self::UnknownUser | Self::AmbiguousUser | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::SessionNotFound
            | Self::MessageNotFound
            | Self::UnknownDentist
            | Self::UnknownCustomer => StatusCode::NOT_FOUND,
            Self::SessionArchived
            | Self::ActiveSessionExists
            | Self::MessageRetracted
            | Self::TooLate => StatusCode::CONFLICT,
            Self::SyncExpired => StatusCode::GONE,
            Self::ClientMessageIdReused
            | Self::ImageNotFound
            | Self::ImageInvalid
            | Self::ImageHasLocation => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::DirectoryUnavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The code that clients decide by. It never changes its meaning.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.words().0
    }

    /// Seconds after which a client may try again, where waiting helps.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited(seconds) => Some(*seconds),
            Self::Unavailable(_) | Self::DirectoryUnavailable(_) => Some(1),
            _ => None,
        }
    }

    /// What the log should say beyond the code.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Unavailable(cause)
            | Self::DirectoryUnavailable(cause)
            | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }

    /// The problem document for this error.
    #[must_use]
    pub fn problem<'a>(&'a self, request_id: &'a str) -> Problem<'a> {
        let status = self.status();
        let (code, detail) = self.words();
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail,
            request_id,
            retryable: self.retry_after().is_some(),
            errors: match self {
                Self::InvalidRequest(errors) => Some(errors),
                _ => None,
            },
        }
    }

    /// The code, and a sentence for people.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Unauthenticated => {
                ("unauthenticated", "The request carries no verified identity.")
            }
            Self::WrongTokenUse => ("wrong_token_use", "The token is not an ID token."),
            Self::TooLarge => ("too_large", "The body is larger than 64 KiB."),
            Self::InvalidRequest(_) => {
                ("invalid_request", "The request does not fit its description.")
            }
            Self::InvalidJson => ("invalid_json", "The message is not a JSON object."),
            Self::UnknownAction => ("unknown_action", "The message's action is not known."),
            Self::UnknownUser => {
                ("unknown_user", "The token's bearer is not a user of this service.")
            }
            Self::AmbiguousUser => ("ambiguous_user", "The token's bearer matches several users."),
            Self::Forbidden => {
                ("forbidden", "The other side of the conversation may do this, not yours.")
            }
            Self::SessionNotFound => ("session_not_found", "There is no such session."),
            Self::MessageNotFound => {
                ("message_not_found", "There is no such message in the session.")
            }
            Self::UnknownDentist => ("unknown_dentist", "There is no such dentist."),
            Self::UnknownCustomer => ("unknown_customer", "There is no such customer."),
            Self::SessionArchived => {
                ("session_archived", "The session is archived and takes no messages.")
            }
            Self::ActiveSessionExists => (
                "active_session_exists",
                "The customer and the dentist have another active session.",
            ),
            Self::MessageRetracted => {
                ("message_retracted", "The message was retracted and takes no correction.")
            }
            Self::TooLate => ("too_late", "The message was sent too long ago to be corrected."),
            Self::SyncExpired => {
                ("sync_expired", "The cursor is of another history: catch up without one.")
            }
            Self::ClientMessageIdReused => {
                ("client_message_id_reused", "The client_message_id was used for another message.")
            }
            Self::ImageNotFound => {
                ("image_not_found", "There is no uploaded image under one of the keys.")
            }
            Self::ImageInvalid => {
                ("image_invalid", "One of the objects is not an image that can be sent.")
            }
            Self::ImageHasLocation => {
                ("image_has_location", "One of the images says where it was taken.")
            }
            Self::RateLimited(_) => ("rate_limited", "Too much within a short time."),
            Self::Unavailable(_) => ("unavailable", "The service cannot do this at the moment."),
            Self::DirectoryUnavailable(_) => {
                ("directory_unavailable", "Users cannot be looked up at the moment.")
            }
            Self::Internal(_) => ("internal", "Something went wrong on our side."),
        }
    }
}
