//! Messages: a valid [`Draft`] goes in, a [`Message`] comes out.

use crate::{
    caller::{Caller, Role},
    fields::Field,
    id::{MessageId, SessionId},
    upload::ImageType,
};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// The longest `content`, in bytes of UTF-8.
pub const MAX_CONTENT_BYTES: usize = 8_192;
/// The most images in a message.
pub const MAX_IMAGES: usize = 10;
/// S3's limit for an object's key, in bytes.
const MAX_KEY_BYTES: usize = 1_024;

/// What someone wants to say; valid by construction.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The sender's own name for the message: retries carry the same.
    pub client_message_id: ClientMessageId,
    /// The text, perhaps empty.
    pub content: Content,
    /// S3 keys of uploaded images.
    pub images: ImageKeys,
}

/// A UUID that the client made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientMessageId(pub Uuid);

/// Up to [`MAX_CONTENT_BYTES`] of text without NUL, which PostgreSQL cannot store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content(String);

/// Up to [`MAX_IMAGES`] different S3 keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageKeys(Vec<String>);

impl Content {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
    }
}

impl ImageKeys {
    /// The keys, as sent.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether all are keys that this caller's uploads for this session get.
    #[must_use]
    pub fn belong_to(&self, caller: Caller, session: SessionId) -> bool {
        let prefix = upload_prefix(caller, session);
        let is_upload = |name: &str| {
            let (id, extension) = name.split_once('.').unwrap_or_default();
            id.len() == 36 && Uuid::try_parse(id).is_ok() && ImageType::has_extension(extension)
        };
        self.0.iter().all(|key| key.strip_prefix(&prefix).is_some_and(is_upload))
    }
}

/// Where this caller's uploads for this session lie in the bucket.
#[must_use]
pub fn upload_prefix(caller: Caller, session: SessionId) -> String {
    format!("sessions/{session}/{}-{}/", caller.role().as_str(), caller.id())
}

/// Zero-width characters and the like, which Unicode does not call white space.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}')
}

impl Field for ClientMessageId {
    fn from_json(value: &Value) -> Result<Self, String> {
        uuid(value).map(Self)
    }
}

/// A UUID in its 36-character form (RFC 9562, section 4); letters of either case.
///
/// # Errors
/// What the field must be.
pub fn uuid(value: &Value) -> Result<Uuid, String> {
    let text = value.as_str().filter(|text| text.len() == 36);
    text.and_then(|text| Uuid::try_parse(text).ok()).ok_or_else(|| "must be a UUID".to_owned())
}

impl Field for Content {
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or("must be a string")?;
        if text.len() > MAX_CONTENT_BYTES {
            return Err(format!("must be at most {MAX_CONTENT_BYTES} bytes of UTF-8"));
        }
        if text.contains('\0') {
            return Err("must not contain a NUL character".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl Field for ImageKeys {
    fn from_json(value: &Value) -> Result<Self, String> {
        let values = value.as_array().ok_or("must be an array of strings")?;
        if values.len() > MAX_IMAGES {
            return Err(format!("must have at most {MAX_IMAGES} keys"));
        }
        let is_key =
            |text: &&str| !text.is_empty() && text.len() <= MAX_KEY_BYTES && !text.contains('\0');
        let keys = values.iter().map(|key| key.as_str().filter(is_key).map(str::to_owned));
        let keys: Vec<String> = keys.collect::<Option<_>>().ok_or("must hold S3 keys")?;
        if keys.iter().collect::<HashSet<_>>().len() < keys.len() {
            return Err("must not hold a key twice".to_owned());
        }
        Ok(Self(keys))
    }
}

/// A stored message, as both sides see it.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Unique among all messages.
    pub id: MessageId,
    /// The conversation it is part of.
    pub session_id: SessionId,
    /// Its number in the session: 1, 2, 3, … without gaps.
    pub seq: i64,
    /// Which side wrote it.
    pub sender_type: Role,
    /// The sender's id in Jarvis.
    pub sender_id: i64,
    /// The text.
    pub content: String,
    /// S3 keys of its images.
    pub image_urls: Vec<String>,
    /// Where the images can be fetched for a while; signed when the message is read.
    pub images: Vec<Image>,
    /// The sender's own name for it.
    pub client_message_id: Uuid,
    /// For display; `seq` is the order.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Whether the other side has read it.
    pub is_read: bool,
    /// Since when.
    #[serde(with = "time::serde::rfc3339::option")]
    pub read_at: Option<OffsetDateTime>,
}

/// An image that can be fetched until `expires_at`.
#[derive(Clone, Debug, Serialize)]
pub struct Image {
    /// The S3 key.
    pub key: String,
    /// A pre-signed URL.
    pub url: String,
    /// When the URL stops working.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_holds_at_its_limit_in_bytes() {
        assert!(Content::from_json(&json!("x".repeat(8_192))).is_ok());
        assert!(Content::from_json(&json!("x".repeat(8_193))).is_err());
        assert!(Content::from_json(&json!("é".repeat(4_096))).is_ok());
        assert!(Content::from_json(&json!("é".repeat(4_097))).is_err());
        assert!(Content::from_json(&json!("a\0b")).is_err());
    }

    #[test]
    fn blank_is_what_shows_nothing() {
        for (text, blank) in
            [("", true), (" \n\t\u{3000}", true), ("\u{200B}", true), (" . ", false)]
        {
            assert_eq!(Content(text.to_owned()).is_blank(), blank, "{text:?}");
        }
    }

    #[test]
    fn image_keys_hold_at_their_limits() {
        let keys = |n: usize| Value::from((0..n).map(|i| format!("k{i}")).collect::<Vec<_>>());
        assert!(ImageKeys::from_json(&keys(10)).is_ok());
        assert!(ImageKeys::from_json(&keys(11)).is_err());
        for wrong in
            [json!(["a", "a"]), json!([""]), json!([1]), json!("a"), json!(["a\0"]), json!(null)]
        {
            assert!(ImageKeys::from_json(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_uuid_has_one_form() {
        assert!(uuid(&json!("67e55044-10b1-426f-9247-bb680e5fe0c8")).is_ok());
        assert!(uuid(&json!("67E55044-10B1-426F-9247-BB680E5FE0C8")).is_ok());
        for wrong in
            ["67e5504410b1426f9247bb680e5fe0c8", "{67e55044-10b1-426f-9247-bb680e5fe0c8}", ""]
        {
            assert!(uuid(&json!(wrong)).is_err(), "{wrong}");
        }
    }
}
