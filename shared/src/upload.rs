//! Uploads: which images are taken, and how one is told from something else.

use crate::fields::Field;
use serde_json::Value;

/// The largest image, in bytes.
pub const MAX_IMAGE_BYTES: i64 = 10 * 1024 * 1024;

/// The kinds of images that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
    /// `image/heic`
    Heic,
}

impl ImageType {
    const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Webp, Self::Heic];

    /// The media type's name.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
        }
    }

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

    /// The kind that begins with these bytes; 12 are enough. Signatures: JPEG's SOI marker, PNG
    /// (RFC 2083, section 3.1), WebP (RFC 9649, section 2.4), and the HEVC brands of ISO/IEC 23008-12.
    #[must_use]
    pub fn of(first_bytes: &[u8]) -> Option<Self> {
        const HEIC_BRANDS: [&[u8]; 10] = [
            b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1",
            b"msf1",
        ];
        match first_bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
                let brand = brand.get(..4)?;
                HEIC_BRANDS.contains(&brand).then_some(Self::Heic)
            }
            _ => None,
        }
    }
}

impl Field for ImageType {
    fn from_json(value: &Value) -> Result<Self, String> {
        let kind = value.as_str().and_then(Self::parse);
        kind.ok_or_else(|| "must be image/jpeg, image/png, image/webp or image/heic".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_first_bytes() {
        for (bytes, kind) in [
            (&b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01"[..], Some(ImageType::Jpeg)),
            (b"\x89PNG\r\n\x1A\n\0\0\0\x0D", Some(ImageType::Png)),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some(ImageType::Webp)),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Some(ImageType::Heic)),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", None),
            (b"RIFF\x24\0\0\0WAVEfmt ", None),
            (b"<svg xmlns=\"http", None),
            (b"GIF89a", None),
            (b"\0\0\0\x18ftyp", None),
            (b"\xFF\xD8", None),
            (b"", None),
        ] {
            assert_eq!(ImageType::of(bytes), kind, "{bytes:?}");
        }
    }
}
