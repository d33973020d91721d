//! WebP (RFC 9649): chunks in a RIFF file.

use super::exif;

const HEADER: usize = 12;
const KEPT: [&[u8; 4]; 7] = [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];
/// Bits of VP8X that say which metadata there are.
const HAS_EXIF: u8 = 0b1000;
const HAS_XMP: u8 = 0b0100;

/// The image without its metadata, and without what follows its end.
pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let size = usize::try_from(u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?)).ok()?;
    let file = bytes.get(..size.checked_add(8)?)?;
    let mut clean = file.get(..HEADER)?.to_vec();
    let mut orientation = None;
    let mut flags = None;
    let mut at = HEADER;
    while at < file.len() {
        let rest = file.get(at..)?;
        let kind: &[u8; 4] = rest.first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*rest.get(4..)?.first_chunk()?)).ok()?;
        let end = length.checked_add(8)?;
        let data = rest.get(8..end)?;
        // Chunks begin at even places; the last one's padding may be missing.
        let padded = rest.get(..end + (length & 1)).unwrap_or(rest);
        if kind == b"VP8X" {
            flags = Some(clean.len() + 8);
        }
        if KEPT.contains(&kind) {
            clean.extend(padded);
        } else if kind == b"EXIF" {
            // Some writers begin it as in a JPEG.
            let tiff = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
            orientation = orientation.or_else(|| exif::orientation(tiff));
        }
        at += padded.len();
    }
    if let Some(flags) = flags.and_then(|at| clean.get_mut(at)) {
        *flags &= !(HAS_EXIF | HAS_XMP);
        if let Some(orientation) = orientation {
            *flags |= HAS_EXIF;
            let tiff = exif::tiff(orientation);
            clean.extend(b"EXIF");
            clean.extend(u32::try_from(tiff.len()).ok()?.to_le_bytes());
            clean.extend(tiff);
        }
    }
    let size = u32::try_from(clean.len() - 8).ok()?;
    clean[4..8].copy_from_slice(&size.to_le_bytes());
    Some(clean)
}
