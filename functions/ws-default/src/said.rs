//! What a client can say.

use chat::{
    error::Error,
    fields::{Field, Fields, Id},
    id::SessionId,
};
use serde_json::{Map, Value};

/// A message that was understood.
#[derive(Debug)]
pub(crate) enum Said {
    /// It wants to know that the connection works.
    Ping,
    /// Its user is writing, or has stopped.
    Typing { session_id: SessionId, typing: bool },
}

struct Flag(bool);

impl Field for Flag {
    fn from_json(value: &Value) -> Result<Self, String> {
        value.as_bool().map(Self).ok_or_else(|| "must be true or false".to_owned())
    }
}

impl Said {
    /// Understands a message.
    ///
    /// # Errors
    /// [`Error::InvalidJson`], [`Error::UnknownAction`], [`Error::InvalidRequest`].
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let Ok(Value::Object(mut body)) = serde_json::from_str(text) else {
            return Err(Error::InvalidJson);
        };
        match body.remove("action").as_ref().and_then(Value::as_str) {
            Some("ping") => Ok(Self::Ping),
            Some("typing") => Self::typing(body),
            _ => Err(Error::UnknownAction),
        }
    }

    fn typing(body: Map<String, Value>) -> Result<Self, Error> {
        let mut fields = Fields::new(Map::new(), Map::new(), body);
        let session_id = fields.body("session_id").map(|Id(id)| id.into());
        let typing = fields.body("typing").map(|Flag(typing)| typing);
        let errors = fields.finish();
        match (session_id, typing) {
            (Some(session_id), Some(typing)) if errors.is_empty() => {
                Ok(Self::Typing { session_id, typing })
            }
            _ => Err(Error::InvalidRequest(errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_told_apart() {
        for (text, code) in [
            ("", "invalid_json"),
            ("[]", "invalid_json"),
            ("{", "invalid_json"),
            ("{}", "unknown_action"),
            (r#"{"action":1}"#, "unknown_action"),
            (r#"{"action":"pong"}"#, "unknown_action"),
            (r#"{"action":"typing"}"#, "invalid_request"),
            (r#"{"action":"typing","session_id":"5","typing":true}"#, "invalid_request"),
            (r#"{"action":"typing","session_id":5,"typing":1}"#, "invalid_request"),
            (r#"{"action":"typing","session_id":5,"typing":true,"x":1}"#, "invalid_request"),
        ] {
            assert_eq!(Said::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn pings_and_typing_are_understood() {
        assert!(matches!(Said::parse(r#"{"action":"ping"}"#), Ok(Said::Ping)));
        let typing = Said::parse(r#"{"action":"typing","session_id":5,"typing":false}"#);
        assert!(matches!(typing, Ok(Said::Typing { typing: false, .. })));
    }
}
