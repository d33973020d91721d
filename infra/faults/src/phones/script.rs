//! What a phone's process is told, says, and shows: agreed between the bench and `chat-phone`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;

/// A word that may be in no file.
pub const CANARY: &str = "zahnwurzelkanarienvogel";

/// What a phone is told first, in one line of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// The service's address.
    pub http_url: String,
    /// Its WebSocket's.
    pub ws_url: String,
    /// The store's file.
    pub store: PathBuf,
    /// The store's key.
    pub key: [u8; 32],
    /// The customer's token.
    pub token: String,
    /// The session to write in.
    pub session: i64,
    /// Which device it is.
    pub device: String,
    /// The first number to say.
    pub first: u64,
}

/// What it is told after that, one to a line.
pub const DRAIN: &str = "drain";
/// See [`DRAIN`].
pub const VIEW: &str = "view";

/// What a phone says, in lines of JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Line {
    /// The app is about to queue this number.
    Saying(u64),
    /// It was told that it is queued.
    Said(u64),
    /// So many are still queued: none is what draining ends with.
    Queued(usize),
    /// What is shown of the session, from its beginning.
    View(Vec<Seen>),
}

/// A message, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its place.
    pub seq: i64,
    /// Its text.
    pub content: String,
    /// How many images it has.
    pub images: usize,
    /// Whether the other side has read it.
    pub is_read: bool,
}

impl Seen {
    /// A message of the service's.
    #[must_use]
    pub fn of_message(message: &Value) -> Self {
        Self {
            seq: message["seq"].as_i64().unwrap_or_default(),
            content: message["content"].as_str().unwrap_or_default().to_owned(),
            images: message["images"].as_array().map_or(0, Vec::len),
            is_read: message["is_read"] == true,
        }
    }
}

/// The text of a device's number.
#[must_use]
pub fn text(device: &str, number: u64) -> String {
    format!("{device}:{number} {CANARY}")
}

/// How many images it has.
#[must_use]
pub const fn images(number: u64) -> usize {
    match number % 8 {
        3 => 1,
        7 => 2,
        _ => 0,
    }
}

/// An image, with the canary in what is seen of it.
#[must_use]
pub fn image() -> Vec<u8> {
    let mut image = b"\xFF\xD8\xFF\xDA\0\x02".to_vec();
    for _ in 0..200 {
        image.extend(CANARY.as_bytes());
    }
    image.extend(b"\xFF\xD9");
    image
}
