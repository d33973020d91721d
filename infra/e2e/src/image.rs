//! Images: small ones of each kind, and uploads as a client makes them.

use crate::{Person, Stack};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeMap;

/// The bytes of an image, as far as anyone looks.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Image {
    /// One of each kind that is taken.
    #[must_use]
    pub fn of_each_kind() -> [Self; 4] {
        [
            Self::new("image/jpeg", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01"),
            Self::new("image/png", b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"),
            Self::new("image/webp", b"RIFF\x24\0\0\0WEBPVP8 "),
            Self::new("image/heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
        ]
    }

    /// A JPEG.
    #[must_use]
    pub fn jpeg() -> Self {
        let [jpeg, ..] = Self::of_each_kind();
        jpeg
    }

    fn new(content_type: &'static str, beginning: &[u8]) -> Self {
        let bytes = beginning.iter().copied().chain((0..200).map(|n| n ^ 0x5A)).collect();
        Self { content_type, bytes }
    }
}

/// A request to S3 that `create-upload` has allowed; may be changed at will.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The key of the image to be.
    pub key: String,
    /// The pre-signed URL.
    pub url: String,
    /// The headers that were signed with it.
    pub headers: BTreeMap<String, String>,
}

impl Upload {
    /// The upload in `create-upload`'s answer.
    #[must_use]
    pub fn of(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().expect("a string").to_owned();
        assert_eq!(answer["method"], "PUT");
        let headers = serde_json::from_value(answer["headers"].clone()).expect("headers");
        Self { key: text("key"), url: text("url"), headers }
    }

    /// Uploads; gives S3's status.
    pub async fn put(&self, stack: &Stack, bytes: &[u8]) -> u16 {
        let mut request = stack.http().request(Method::PUT, &self.url).body(bytes.to_vec());
        // HTTP's own framing says how long the body is.
        let headers = self.headers.iter().filter(|(name, _)| *name != "content-length");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.expect("S3 answers").status().as_u16()
    }
}

impl Person {
    /// Uploads an image for a message in this session; gives its key.
    pub async fn upload(&self, session: i64, image: &Image) -> String {
        let answer = self.create_upload(session, image.content_type, image.bytes.len()).await;
        let upload = Upload::of(answer.expect(201));
        assert_eq!(upload.put(&self.stack, &image.bytes).await, 200);
        upload.key
    }
}
