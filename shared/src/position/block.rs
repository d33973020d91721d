//! A block of metadata of one kind or the other: what formats carry it in says which too rarely.

use super::{exif, xmp};

/// What comes before a packet in JPEG (XMP specification, part 3, section 1.1.3).
const XMP_HEADER: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Whether a block of EXIF, with or without the header that JPEG gives it, or of XMP, likewise,
/// carries a position.
pub(super) fn has_position(block: &[u8]) -> bool {
    let content = without_exif_header(block).unwrap_or(block);
    if exif::begins(content) {
        exif::has_position(content)
    } else {
        xmp::has_position(block.strip_prefix(XMP_HEADER).unwrap_or(block))
    }
}

/// What follows `Exif\0\0` (EXIF 2.32, section 4.7.2), however it is spelled.
pub(super) fn without_exif_header(block: &[u8]) -> Option<&[u8]> {
    let (header, content) = block.split_first_chunk::<6>()?;
    (header[..5].eq_ignore_ascii_case(b"exif\0")).then_some(content)
}
