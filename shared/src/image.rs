//! Images: under which keys they lie, and what is handed out of them.

pub use crate::signature::ImageType;

use crate::{fields::Field, id::SessionId, identity::Role, timestamp};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// The largest image, in bytes.
pub const MAX_IMAGE_BYTES: i64 = 10 * 1024 * 1024;

impl ImageType {
    const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Webp, Self::Heic];

    /// What keys of such images end in.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Heic => "heic",
        }
    }

    /// The kind of that media type.
    #[must_use]
    pub fn parse(content_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.content_type() == content_type)
    }

    /// Whether keys of some kind end in this.
    #[must_use]
    pub fn has_extension(extension: &str) -> bool {
        Self::ALL.into_iter().any(|kind| kind.extension() == extension)
    }
}

impl Field for ImageType {
    fn from_json(value: &Value) -> Result<Self, String> {
        let kind = value.as_str().and_then(Self::parse);
        kind.ok_or_else(|| "must be image/jpeg, image/png, image/webp or image/heic".to_owned())
    }
}

/// The most images in a message.
pub const MAX_IMAGES: usize = 10;
/// S3's limit for an object's key, in bytes.
const MAX_KEY_BYTES: usize = 1_024;

/// Up to [`MAX_IMAGES`] different S3 keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageKeys(Vec<String>);

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

    /// Whether all are keys that uploads of this participant for this session get.
    #[must_use]
    pub fn belong_to(&self, role: Role, id: i64, session: SessionId) -> bool {
        let prefix = upload_prefix(role, id, session);
        let is_upload = |name: &str| {
            let (id, extension) = name.split_once('.').unwrap_or_default();
            id.len() == 36 && Uuid::try_parse(id).is_ok() && ImageType::has_extension(extension)
        };
        self.0.iter().all(|key| key.strip_prefix(&prefix).is_some_and(is_upload))
    }
}

/// Where the uploads of this participant for this session lie in the bucket.
#[must_use]
pub fn upload_prefix(role: Role, id: i64, session: SessionId) -> String {
    format!("sessions/{session}/{}-{id}/", role.as_str())
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

/// An image that can be fetched until `expires_at`.
#[derive(Clone, Debug, Serialize)]
pub struct Image {
    /// The S3 key.
    pub key: String,
    /// A pre-signed URL.
    pub url: Arc<str>,
    /// When the URL stops working.
    #[serde(serialize_with = "timestamp::serialize")]
    pub expires_at: OffsetDateTime,
}

/// A request that the client may make of S3, once.
#[derive(Debug, Serialize)]
pub struct Upload {
    /// Where the image will lie.
    pub key: String,
    /// `PUT`.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// Signed with the URL: the client must send them as they are.
    pub headers: BTreeMap<String, String>,
    /// When the URL stops working.
    #[serde(serialize_with = "timestamp::serialize")]
    pub expires_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
