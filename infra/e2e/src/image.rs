//! Images: small ones of each kind, the photos of the vectors, and uploads as a client makes them.

use crate::{Person, Stack};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path};

/// The bytes of an image.
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
        ["plain.jpg", "plain.png", "plain.webp", "plain.heic"].map(|name| {
            let photo = Photo::all().into_iter().find(|photo| photo.name == name);
            photo.expect("the vectors have one of each kind").image
        })
    }

    /// A JPEG.
    #[must_use]
    pub fn jpeg() -> Self {
        let [jpeg, ..] = Self::of_each_kind();
        jpeg
    }
}

/// A photo of the vectors that every client is tried with.
#[derive(Clone, Debug)]
pub struct Photo {
    /// The name of its file.
    pub name: String,
    /// Whether its metadata say where it was taken.
    pub has_position: bool,
    /// The photo.
    pub image: Image,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    #[serde(rename = "type")]
    content_type: String,
    has_position: bool,
}

impl Photo {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/vectors/photos");
        let manifest = fs::read(folder.join("manifest.json")).expect("there are photos");
        let listed: Vec<Listed> = serde_json::from_slice(&manifest).expect("a list of photos");
        let photos = listed.into_iter().map(|Listed { name, content_type, has_position }| {
            let bytes = fs::read(folder.join(&name)).expect("a photo that is listed");
            let content_type = match content_type.as_str() {
                "image/jpeg" => "image/jpeg",
                "image/png" => "image/png",
                "image/webp" => "image/webp",
                "image/heic" => "image/heic",
                other => panic!("{other} is not taken"),
            };
            Self { name, has_position, image: Image { content_type, bytes } }
        });
        photos.collect()
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
        let mut request = stack.http_anew().request(Method::PUT, &self.url).body(bytes.to_vec());
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
