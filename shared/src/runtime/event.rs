//! Reads events instead of the runtime, which keeps an account of where in an event something is wrong that
//! costs more than the reading, and which tells whoever invoked what it found there: somebody's text, perhaps.

use lambda_runtime::LambdaInvocation;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::sync::Mutex;
use tower::util::MapRequestLayer;

/// What the runtime is left to read.
pub type Nothing = IgnoredAny;

/// The event of the invocation under way, or where it cannot be read.
pub struct Event<E>(Mutex<Option<Result<E, Unreadable>>>);

/// At which byte (of its line, of which events have one) it is not what the function takes.
#[derive(Debug)]
pub struct Unreadable {
    /// Counted from 1; 0 when there was no event.
    pub column: usize,
}

impl<E> Default for Event<E> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<E: DeserializeOwned> Event<E> {
    /// Takes each event off the invocation before the runtime reads it.
    pub fn taken_off(
        &self,
    ) -> MapRequestLayer<impl FnMut(LambdaInvocation) -> LambdaInvocation + Clone> {
        MapRequestLayer::new(|mut invocation: LambdaInvocation| {
            self.read(&invocation.body);
            invocation.body = b"null".as_slice().into();
            invocation
        })
    }

    fn read(&self, body: &[u8]) {
        if let Ok(mut current) = self.0.lock() {
            *current = Some(read(body));
        }
    }

    /// The event, once.
    ///
    /// # Errors
    /// [`Unreadable`], which says nothing of what it says.
    pub fn take(&self) -> Result<E, Unreadable> {
        let current = self.0.lock().ok().and_then(|mut current| current.take());
        current.unwrap_or(Err(Unreadable { column: 0 }))
    }
}

fn read<E: DeserializeOwned>(body: &[u8]) -> Result<E, Unreadable> {
    // What is known to be UTF-8 as a whole is read faster than what is looked at string by string.
    let text =
        str::from_utf8(body).map_err(|error| Unreadable { column: error.valid_up_to() + 1 })?;
    serde_json::from_str(text).map_err(|error| Unreadable { column: error.column() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::HttpEvent;

    fn read(event: &[u8]) -> Result<HttpEvent, Unreadable> {
        super::read(event)
    }

    #[test]
    fn an_event_is_read_whatever_it_lacks() {
        for event in [
            "{}",
            r#"{"headers": null, "body": null, "requestContext": null, "pathParameters": null}"#,
            r#"{"requestContext": {"authorizer": null}}"#,
            r#"{"requestContext": {"authorizer": {"jwt": {"claims": {}}}}}"#,
            r#"{"requestContext": {"authorizer": {"jwt": {"claims": {"sub": 5, "other": [1]}}}}}"#,
            r#"{"headers": {"chat-connection": ["a"], "other": {"a": "b"}}}"#,
            r#" {"body": "\ud83e\uddb7 \"quoted\"", "unknown": "\u0000"} "#,
        ] {
            assert!(read(event.as_bytes()).is_ok(), "{event}");
        }
        assert_eq!(read(br#"{"body": 5}"#).expect_err("no text").column, 10);
        assert_eq!(read(b"{\"body\": \"\xff\"}").expect_err("no UTF-8").column, 11);
        assert!(read(br#"{"body": "x""#).is_err());
    }

    #[test]
    fn an_event_is_taken_once() {
        let current = Event::<HttpEvent>::default();
        current.read(b"{}");
        assert!(current.take().is_ok());
        assert!(current.take().is_err());
    }
}
