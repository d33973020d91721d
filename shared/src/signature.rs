//! What an image is, by its first bytes.

/// How many of a file's first bytes tell what it is. HEIC needs the most: its brands are a list, and
/// 256 bytes hold sixty of them.
pub const SIGNATURE_BYTES: usize = 256;

/// The types of images that are taken.
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

    /// The format of a file that begins with these bytes, of which [`SIGNATURE_BYTES`] are looked at.
    /// Signatures: JPEG's SOI marker and the next marker's first byte (ITU-T T.81, annex B), PNG
    /// (RFC 2083, section 3.1), WebP (RFC 9649, section 2.4), HEIC's brands (ISO/IEC 23008-12,
    /// annex B).
    #[must_use]
    pub fn of(first_bytes: &[u8]) -> Option<Self> {
        let first_bytes = &first_bytes[..first_bytes.len().min(SIGNATURE_BYTES)];
        match first_bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => is_heic(first_bytes).then_some(Self::Heic),
        }
    }
}

/// Whether a file type box (ISO/IEC 14496-12, section 4.3) names an HEVC image brand and none of
/// AVIF. `mif1` alone says nothing: it is the brand of both, and of more.
fn is_heic(first_bytes: &[u8]) -> bool {
    let (mut hevc, mut avif) = (false, false);
    for brand in brands(first_bytes).into_iter().flatten() {
        hevc |= matches!(brand, b"heic" | b"heix" | b"heim" | b"heis");
        avif |= matches!(brand, b"avif" | b"avis");
    }
    hevc && !avif
}

/// The brands of the file type box that the bytes begin with: the major one and the compatible ones,
/// as far as there are bytes.
fn brands(first_bytes: &[u8]) -> Option<impl Iterator<Item = &[u8; 4]>> {
    let (size, after_size) = first_bytes.split_first_chunk::<4>()?;
    let after_type = after_size.strip_prefix(b"ftyp")?;
    let (length, content) = match u32::from_be_bytes(*size) {
        // To the end of the file.
        0 => (u64::MAX, after_type),
        // The size follows, in 64 bits.
        1 => {
            let (size, content) = after_type.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*size).checked_sub(16)?, content)
        }
        size => (u64::from(size).checked_sub(8)?, after_type),
    };
    // The major brand and its version, which is no brand, must be there.
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length < 8 {
        return None;
    }
    let content = &content[..content.len().min(length)];
    let (major, rest) = content.split_first_chunk::<4>()?;
    let compatible = rest.get(4..).unwrap_or_default().as_chunks::<4>().0;
    Some(std::iter::once(major).chain(compatible))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        /// Hexadecimal digits.
        bytes: String,
        #[serde(rename = "type")]
        content_type: Option<String>,
    }

    #[test]
    fn images_are_known_by_their_first_bytes() {
        let vectors = include_str!("../../clients/vectors/images.json");
        let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.iter().any(|vector| vector.content_type.is_some()));
        for Vector { name, bytes, content_type } in vectors {
            let bytes: Vec<u8> = (0..bytes.len() / 2)
                .map(|at| u8::from_str_radix(&bytes[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            let told = ImageType::of(&bytes).map(ImageType::content_type);
            assert_eq!(told, content_type.as_deref(), "{name}");
        }
    }

    #[test]
    fn brands_are_looked_for_in_the_first_bytes_only() {
        let file = |others: usize| {
            let size = u32::try_from(20 + 4 * others).unwrap().to_be_bytes();
            [&size[..], b"ftypmif1\0\0\0\0", &b"miaf".repeat(others), b"heic"].concat()
        };
        assert_eq!(ImageType::of(&file(59)), Some(ImageType::Heic));
        assert_eq!(ImageType::of(&file(60)), None);
    }
}
