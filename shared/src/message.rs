//! Messages: a valid [`Draft`] goes in, a [`Message`] comes out.

use crate::{
    blank::is_blank,
    error::{Cause, Error},
    fields::Field,
    id::{MessageId, SessionId},
    identity::Role,
    image::{Image, ImageKeys},
    timestamp,
};
use serde::{Serialize, Serializer};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// The longest `content`, in bytes of UTF-8.
pub const MAX_CONTENT_BYTES: usize = 8_192;

/// What someone wants to say; valid by construction.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The sender's own name for the message: retries carry the same.
    pub client_message_id: ClientMessageId,
    /// The text, perhaps empty.
    pub content: Content,
    /// S3 keys of uploaded images.
    pub images: ImageKeys,
    /// How far the sender has read, if they say so: no part of the message.
    pub read_up_to_seq: Option<i64>,
}

/// How fast a sender may write in one session.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// This many messages …
    pub burst: u32,
    /// … in this time. A burst of 0 is no limit.
    pub window: Duration,
}

/// A UUID that the client made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientMessageId(pub Uuid);

/// Up to [`MAX_CONTENT_BYTES`] of text without NUL, which PostgreSQL cannot store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        is_blank(&self.0)
    }
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

/// A message as it is stored. It reaches clients only as a [`MessageView`].
#[derive(Clone, Debug)]
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
    /// The sender's own name for it.
    pub client_message_id: Uuid,
    /// For display; `seq` is the order.
    pub created_at: OffsetDateTime,
    /// Whether the other side has read it.
    pub is_read: bool,
    /// Since when.
    pub read_at: Option<OffsetDateTime>,
    /// When its text was last replaced, if it was.
    pub corrected_at: Option<OffsetDateTime>,
    /// When it was taken back, if it was: its text and its images are gone then.
    pub retracted_at: Option<OffsetDateTime>,
}

/// A message as both sides see it: its images can be fetched for a while.
#[derive(Clone, Debug, Serialize)]
pub struct MessageView {
    id: MessageId,
    session_id: SessionId,
    seq: i64,
    sender_type: Role,
    sender_id: i64,
    content: String,
    image_urls: Vec<String>,
    images: Vec<Image>,
    client_message_id: Uuid,
    #[serde(serialize_with = "timestamp::serialize")]
    created_at: OffsetDateTime,
    is_read: bool,
    #[serde(serialize_with = "timestamp::option")]
    read_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "timestamp::option")]
    corrected_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "timestamp::option")]
    retracted_at: Option<OffsetDateTime>,
}

impl MessageView {
    /// The message with its images, which the bucket has signed.
    #[must_use]
    pub fn new(message: Message, images: Vec<Image>) -> Self {
        Self {
            id: message.id,
            session_id: message.session_id,
            seq: message.seq,
            sender_type: message.sender_type,
            sender_id: message.sender_id,
            content: message.content,
            image_urls: message.image_urls,
            images,
            client_message_id: message.client_message_id,
            created_at: message.created_at,
            is_read: message.is_read,
            read_at: message.read_at,
            corrected_at: message.corrected_at,
            retracted_at: message.retracted_at,
        }
    }

    /// Its number in its session.
    #[must_use]
    pub const fn seq(&self) -> i64 {
        self.seq
    }

    /// Its JSON, for the answer and the frames alike.
    ///
    /// # Errors
    /// [`Error::Internal`] for what cannot be JSON, such as a time of a five-digit year.
    pub fn written(&self) -> Result<WrittenMessage, Error> {
        let unwritable = |_| Error::Internal(Cause::new("a message cannot be written"));
        let json = to_raw_value(self).map_err(unwritable)?;
        Ok(WrittenMessage { session_id: self.session_id, seq: self.seq, json })
    }
}

/// A [`MessageView`] as clients read it: writing it is a tenth of a send, so it is done once.
#[derive(Debug)]
pub struct WrittenMessage {
    session_id: SessionId,
    seq: i64,
    json: Box<RawValue>,
}

impl WrittenMessage {
    /// The conversation it is part of.
    #[must_use]
    pub const fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// Its number there.
    #[must_use]
    pub const fn seq(&self) -> i64 {
        self.seq
    }
}

impl Serialize for WrittenMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
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
