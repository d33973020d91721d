//! PNG's text chunks (PNG, third edition, section 11.3.3) and the metadata that programs put there.

use crate::position::{block, inflate::Inflate};
use std::borrow::Cow;

/// XMP (XMP specification, part 3, section 1.1.5).
const XMP: &[u8] = b"XML:com.adobe.xmp";
/// EXIF and XMP as converters write them, in hexadecimal digits; other profiles hold neither.
const PROFILES: [&[u8]; 3] =
    [b"Raw profile type exif", b"Raw profile type APP1", b"Raw profile type xmp"];
/// A field of EXIF as a text of its own, as some converters write them.
const GPS_FIELD: &[u8] = b"exif:GPS";

/// Whether a chunk that begins so is a position itself.
pub(super) fn is_position(content: &[u8]) -> bool {
    content.len() > GPS_FIELD.len() && content[..GPS_FIELD.len()].eq_ignore_ascii_case(GPS_FIELD)
}

/// Whether a chunk that begins so holds metadata.
pub(super) fn is_metadata(content: &[u8]) -> bool {
    keyword(content)
        .is_some_and(|(keyword, _)| keyword.eq_ignore_ascii_case(XMP) || is_profile(keyword))
}

/// The kinds of text chunks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    Plain,
    Compressed,
    International,
}

impl Text {
    pub(super) fn of(name: [u8; 4]) -> Option<Self> {
        match &name {
            b"tEXt" => Some(Self::Plain),
            b"zTXt" => Some(Self::Compressed),
            b"iTXt" => Some(Self::International),
            _ => None,
        }
    }

    /// Whether a chunk's metadata carry a position.
    pub(super) fn has_position(self, content: &[u8], inflate: &mut Inflate) -> bool {
        let Some((keyword, rest)) = keyword(content) else { return false };
        let Some((is_compressed, text)) = self.text(rest) else { return false };
        let text = if is_compressed {
            let Some(text) = inflate.zlib(text) else { return true };
            Cow::from(text)
        } else {
            Cow::from(text)
        };
        if is_profile(keyword) {
            block::has_position(&profile(&text))
        } else {
            block::has_position(&text)
        }
    }

    /// The text that follows a keyword, and whether it is compressed.
    fn text(self, rest: &[u8]) -> Option<(bool, &[u8])> {
        match (self, rest) {
            (Self::Plain, text) => Some((false, text)),
            (Self::Compressed, [_method, text @ ..]) => Some((true, text)),
            (Self::International, [is_compressed, _method, rest @ ..]) => {
                let (_language, rest) = keyword(rest)?;
                let (_translated, text) = keyword(rest)?;
                Some((*is_compressed != 0, text))
            }
            _ => None,
        }
    }
}

fn is_profile(keyword: &[u8]) -> bool {
    PROFILES.iter().any(|profile| keyword.eq_ignore_ascii_case(profile))
}

/// What precedes the first zero, and what follows it.
fn keyword(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(0, content)?;
    Some((&content[..end], &content[end + 1..]))
}

/// The bytes of a profile: a line with its name, one with its length, and lines of digits.
fn profile(text: &[u8]) -> Vec<u8> {
    let digits = text.trim_ascii_start().splitn(3, |byte| *byte == b'\n').nth(2);
    let digits = digits.unwrap_or_default().iter();
    let values: Vec<u8> = digits.filter_map(|digit| digit_value(*digit)).collect();
    values.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect()
}

fn digit_value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
