//! PNG (third edition): a signature, and chunks with checksums.

use super::exif;

const SIGNATURE: usize = 8;
/// Ancillary chunks without which an image looks or moves otherwise. All others tell something else.
const KEPT: [&[u8; 4]; 16] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"hIST", b"sPLT",
    b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT",
];

/// The image without its metadata, and without what follows its end.
pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut clean = bytes.get(..SIGNATURE)?.to_vec();
    let mut header_end = None;
    let mut orientation = None;
    let mut at = SIGNATURE;
    loop {
        let rest = bytes.get(at..)?;
        let length = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        let kind: &[u8; 4] = rest.get(4..)?.first_chunk()?;
        let chunk = rest.get(..length.checked_add(12)?)?;
        // Critical ones begin with a capital letter.
        if kind[0].is_ascii_uppercase() || KEPT.contains(&kind) {
            clean.extend(chunk);
        } else if kind == b"eXIf" {
            orientation = orientation.or_else(|| exif::orientation(&chunk[8..8 + length]));
        }
        header_end = header_end.or((kind == b"IHDR").then_some(clean.len()));
        if kind == b"IEND" {
            break;
        }
        at += chunk.len();
    }
    if let (Some(orientation), Some(at)) = (orientation, header_end) {
        clean.splice(at..at, chunk(*b"eXIf", &exif::tiff(orientation)));
    }
    Some(clean)
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or_default();
    let body = [&kind[..], data].concat();
    [&length.to_be_bytes()[..], &body, &checksum(&body).to_be_bytes()].concat()
}

/// CRC-32 as PNG has it (annex D).
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_pngs() {
        assert_eq!(checksum(b"IEND"), 0xAE42_6082);
    }
}
