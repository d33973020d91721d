//! The inbox's cursor: the last session of a page, opaque to clients. It grants nothing: the
//! statement it goes into finds only the caller's sessions.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat::{fields::Field, store::sessions::Position};
use serde_json::Value;
use time::OffsetDateTime;

/// A position as clients hand it back.
pub(crate) struct Cursor(pub(crate) Position);

/// The position after this session. `PostgreSQL` keeps microseconds, and so does the cursor.
pub(crate) fn encode(position: Position) -> String {
    let microseconds = position.updated_at.unix_timestamp_nanos() / 1_000;
    BASE64.encode(format!("{microseconds}.{}", position.id))
}

fn decode(text: &str) -> Option<Position> {
    let decoded = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
    let (microseconds, id) = decoded.split_once('.')?;
    let microseconds: i64 = microseconds.parse().ok()?;
    let updated_at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1_000);
    let id: i64 = id.parse().ok()?;
    if microseconds < 0 || id < 1 {
        return None;
    }
    let position = Position { updated_at: updated_at.ok()?, id: id.into() };
    // One position, one text: what we would not have written is not a cursor.
    (encode(position) == text).then_some(position)
}

impl Field for Cursor {
    fn from_json(value: &Value) -> Result<Self, String> {
        let position = value.as_str().and_then(decode);
        position.map(Self).ok_or_else(|| "must be a next_cursor of an earlier answer".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let updated_at = OffsetDateTime::from_unix_timestamp_nanos(1_773_342_238_390_123_000);
        let position = Position { updated_at: updated_at.unwrap(), id: 42.into() };
        let Cursor(read) = Cursor::from_json(&json!(encode(position))).ok().unwrap();
        assert_eq!(read, position);
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in
            ["", "x", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OS4x", "KzEuMQ", "Li4u", "LTEuMQ", "MS4w"]
        {
            assert!(Cursor::from_json(&json!(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fuzz_cursors() {
        let texts = ["1773342238390123.42", "0.1", "9223372036854775807.9223372036854775807"];
        let corpus = chat_fuzz::Corpus::new(texts, [".", "-", "+", "0", "999999999999", " "]);
        let read = |bytes: &[u8]| {
            // Both: what decodes to such a text, and such a text as it stands.
            decode(&BASE64.encode(bytes)).or(decode(&String::from_utf8_lossy(bytes)))
        };
        corpus.hunt(|bytes| {
            if let Some(position) = read(bytes) {
                assert!(position.updated_at.unix_timestamp() >= 0);
            }
        });
        assert!(corpus.finds(|bytes| {
            read(bytes)
                .is_some_and(|read| read.id == 1.into() && read.updated_at.unix_timestamp() > 1)
        }));
    }
}
