//! Images are what their bytes say, not what a name or a gallery calls them; and they tell what is
//! seen in them, not where and when and with what they were taken.

mod exif;
mod heic;
mod jpeg;
mod png;
mod webp;

use crate::error::ChatError;
use std::sync::Arc;

/// The largest image, in bytes.
pub const MAX_IMAGE_BYTES: usize = 10 * 1024 * 1024;
/// The most images of one message.
pub const MAX_IMAGES: usize = 10;

/// The kinds of images that the service takes.
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

    /// The kind that these bytes are. Signatures: JPEG's SOI marker, PNG (RFC 2083, section 3.1),
    /// WebP (RFC 9649, section 2.4), and the HEVC image brands of ISO/IEC 23008-12.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => is_heic(bytes).then_some(Self::Heic),
            _ => None,
        }
    }
}

/// How many of a file's first bytes tell what it is; the service looks at no more.
const SIGNATURE_BYTES: usize = 256;

/// Whether the file's first box names an HEVC image brand, and no AVIF brand, among its major and
/// compatible brands. (`mif1` alone says only that it is some image; ISO/IEC 14496-12, 4.3.)
fn is_heic(bytes: &[u8]) -> bool {
    const HEVC: [&[u8]; 4] = [b"heic", b"heix", b"heim", b"heis"];
    const AV1: [&[u8]; 2] = [b"avif", b"avis"];
    let brands: Vec<&[u8]> = brands(bytes).unwrap_or_default();
    let names = |some: &[&[u8]]| brands.iter().any(|brand| some.contains(brand));
    names(&HEVC) && !names(&AV1)
}

fn brands(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let first_bytes = &bytes[..bytes.len().min(SIGNATURE_BYTES)];
    // A size of 0 is a box to the end of the file, 1 announces a size of 64 bits behind the name.
    let (header, size) = match u32::from_be_bytes(*first_bytes.first_chunk()?) {
        0 => (8, u64::MAX),
        1 => (16, u64::from_be_bytes(*first_bytes.get(8..)?.first_chunk()?)),
        size => (8, u64::from(size)),
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let content = first_bytes.get(header..size.min(first_bytes.len()))?;
    // Behind the major brand stands its version, which is no brand and must have a place.
    if size - header < 8 {
        return None;
    }
    let compatible = content.get(8..).unwrap_or_default();
    Some(std::iter::once(content.get(..4)?).chain(compatible.chunks_exact(4)).collect())
}

/// Checks what a message is to carry, before anything is asked of the service.
///
/// # Errors
/// `invalid_request` when there are too many images, or one is too large, empty or of no kind that
/// is taken.
pub fn check(images: &[impl AsRef<[u8]>]) -> Result<(), ChatError> {
    if images.len() > MAX_IMAGES {
        return Err(ChatError::invalid("a message has at most 10 images"));
    }
    for image in images.iter().map(AsRef::as_ref) {
        if image.len() > MAX_IMAGE_BYTES {
            return Err(ChatError::invalid("an image has at most 10 MiB"));
        }
        if ImageType::of(image).is_none() {
            return Err(ChatError::invalid("an image is a JPEG, PNG, WebP or HEIC"));
        }
    }
    Ok(())
}

/// An image without its metadata, of which only the orientation stays.
///
/// # Errors
/// `invalid_request` when its structure cannot be read: it may tell something that cannot be found.
pub fn clean(image: &[u8]) -> Result<(ImageType, Arc<[u8]>), ChatError> {
    let unreadable = || ChatError::invalid("the image is damaged");
    let kind = ImageType::of(image).ok_or_else(unreadable)?;
    let clean = match kind {
        ImageType::Jpeg => jpeg::clean(image),
        ImageType::Png => png::clean(image),
        ImageType::Webp => webp::clean(image),
        ImageType::Heic => heic::clean(image),
    };
    Ok((kind, Arc::from(clean.ok_or_else(unreadable)?)))
}

#[cfg(test)]
mod cleaning;
#[cfg(test)]
mod vectors;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_bytes() {
        for (bytes, kind) in [
            (&b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01"[..], Some(ImageType::Jpeg)),
            (b"\x89PNG\r\n\x1A\n\0\0\0\x0D", Some(ImageType::Png)),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some(ImageType::Webp)),
            (b"RIFF\x24\0\0\0WAVEfmt ", None),
            (b"\0\0\0\x14ftypheic\0\0\0\0mif1", Some(ImageType::Heic)),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", Some(ImageType::Heic)),
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", None),
            (b"\0\0\0\x1cftypmif1\0\0\0\0heicavifmiaf", None),
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1heic", None),
            (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", None),
            (b"\0\0\0\x18ftyp", None),
            (b"<svg xmlns=\"http", None),
            (b"GIF89a", None),
            (b"\xFF\xD8", None),
            (b"", None),
        ] {
            assert_eq!(ImageType::of(bytes), kind, "{bytes:?}");
        }
    }

    #[test]
    fn what_the_service_would_refuse_is_refused_at_once() {
        let image = b"\xFF\xD8\xFF\xE0".to_vec();
        assert!(check(&vec![image.clone(); MAX_IMAGES]).is_ok());
        assert!(check(&vec![image.clone(); MAX_IMAGES + 1]).is_err());
        assert!(check(&[b"GIF89a".to_vec()]).is_err());
        let mut large = image;
        large.resize(MAX_IMAGE_BYTES, 0);
        assert!(check(std::slice::from_ref(&large)).is_ok());
        large.push(0);
        assert!(check(&[large]).is_err());
    }
}
