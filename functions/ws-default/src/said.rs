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
    /// It wants to know that the connection works, or only keeps the gateway from closing it.
    Ping { is_answered: bool },
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
            Some("ping") => {
                Ok(Self::Ping { is_answered: body.get("pong") != Some(&Value::Bool(false)) })
            }
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
        for text in [
            r#"{"action":"ping"}"#,
            r#"{"action":"ping","pong":true}"#,
            r#"{"action":"ping","pong":0}"#,
        ] {
            assert!(matches!(Said::parse(text), Ok(Said::Ping { is_answered: true })), "{text}");
        }
        let quiet = Said::parse(r#"{"action":"ping","pong":false}"#);
        assert!(matches!(quiet, Ok(Said::Ping { is_answered: false })));
        let typing = Said::parse(r#"{"action":"typing","session_id":5,"typing":false}"#);
        assert!(matches!(typing, Ok(Said::Typing { typing: false, .. })));
    }

    fn corpus() -> chat_fuzz::Corpus {
        let texts = [
            r#"{"action":"ping"}"#,
            r#"{"action":"typing","session_id":5,"typing":false}"#,
            r#"{"action":"typing","session_id":9223372036854775807,"typing":true,"x":[{}]}"#,
        ];
        let words = [
            "\"action\":",
            "null",
            "true",
            "-1",
            "1e400",
            "[[",
            "\\ud800",
            "\0",
            ",",
            "0",
            "99999999999999999999",
        ];
        chat_fuzz::Corpus::new(texts, words)
    }

    #[test]
    fn fuzz_what_is_said() {
        let parse = |bytes: &[u8]| Said::parse(&String::from_utf8_lossy(bytes));
        corpus().hunt(|bytes| {
            if let Err(error) = parse(bytes) {
                assert!(error.status().is_client_error(), "{error:?}");
            }
        });
        // A bug that only another session's end of typing comes to.
        assert!(corpus().finds(|bytes| matches!(parse(bytes),
            Ok(Said::Typing { session_id, typing: false }) if session_id != 5.into())));
    }
}
