//! JPEG (ITU-T T.81, annex B): segments, and scans between them.

use super::exif;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const EXIF: &[u8] = b"Exif\0\0";

/// The image without its metadata. What follows its end (another image, a film) goes, too.
pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut clean = vec![0xFF, SOI];
    let mut orientation = None;
    let mut kept = vec![];
    let mut at = 2;
    loop {
        let (marker, start) = marker(bytes, at)?;
        match marker {
            EOI => {
                kept.extend([0xFF, EOI]);
                break;
            }
            // Standing alone: TEM and RSTn.
            0x01 | 0xD0..=0xD7 => {
                kept.extend([0xFF, marker]);
                at = start;
            }
            _ => {
                let length = usize::from(u16::from_be_bytes(*bytes.get(start..)?.first_chunk()?));
                let end = start.checked_add(length.max(2))?;
                let payload = bytes.get(start + 2..end)?;
                if let (0xE1, Some(tiff)) = (marker, payload.strip_prefix(EXIF)) {
                    orientation = orientation.or_else(|| exif::orientation(tiff));
                }
                if is_kept(marker, payload) {
                    kept.extend([0xFF, marker]);
                    kept.extend(&bytes[start..end]);
                }
                at = end;
            }
        }
        if marker == SOS {
            let end = scan_end(bytes, at);
            kept.extend(&bytes[at..end]);
            at = end;
            if at == bytes.len() {
                // Cut off; decoders show what there is.
                break;
            }
        }
    }
    if let Some(orientation) = orientation {
        let payload = [EXIF, &exif::tiff(orientation)].concat();
        clean.extend([0xFF, 0xE1]);
        clean.extend(u16::try_from(payload.len() + 2).ok()?.to_be_bytes());
        clean.extend(payload);
    }
    clean.extend(kept);
    Some(clean)
}

/// The next marker, and where what follows it begins. Fill bytes may come before it.
fn marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    (*bytes.get(at)? == 0xFF).then_some(())?;
    let fill = bytes.get(at..)?.iter().take_while(|byte| **byte == 0xFF).count();
    Some((*bytes.get(at + fill)?, at + fill + 1))
}

/// What decoding needs: everything but `APPn` and comments, of those JFIF, a color profile, and Adobe's
/// kind of color.
fn is_kept(marker: u8, payload: &[u8]) -> bool {
    match marker {
        0xE0 => payload.starts_with(b"JFIF\0"),
        0xE2 => payload.starts_with(b"ICC_PROFILE\0"),
        0xEE => payload.starts_with(b"Adobe"),
        0xE1..=0xEF | 0xFE => false,
        _ => true,
    }
}

/// Where a scan's data end: before a marker that is neither a stuffed zero nor a restart.
fn scan_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some([first, second]) = bytes.get(at..at + 2) {
        match (first, second) {
            (0xFF, 0x00 | 0xD0..=0xD7) => at += 2,
            (0xFF, 0xFF) => at += 1,
            (0xFF, _) => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}
