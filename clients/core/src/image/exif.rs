//! The one thing in EXIF that an image needs to be seen as it was taken: its orientation.

/// The tag of the orientation (CIPA DC-008, Exif 2.32, section 4.6.4).
const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;

/// The orientation that a TIFF structure tells, if it is not the usual one.
pub(super) fn orientation(tiff: &[u8]) -> Option<u8> {
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let count = usize::from(short(directory)?);
    let value = (0..count).find_map(|index| {
        let entry = directory.checked_add(2 + 12 * index)?;
        (short(entry)? == ORIENTATION && short(entry + 2)? == SHORT).then(|| short(entry + 8))?
    })?;
    u8::try_from(value).ok().filter(|value| (2..=8).contains(value))
}

/// A TIFF structure that tells an orientation and nothing else.
pub(super) fn tiff(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01".to_vec();
    tiff.extend(ORIENTATION.to_be_bytes());
    tiff.extend(SHORT.to_be_bytes());
    tiff.extend([0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]);
    tiff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orientation_is_read_as_it_was_written() {
        for value in 2..=8 {
            assert_eq!(orientation(&tiff(value)), Some(value));
        }
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(orientation(little), Some(6));
        assert_eq!(orientation(&tiff(1)), None, "the usual one need not be told");
        assert_eq!(orientation(&tiff(9)), None);
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let whole = tiff(6);
        for end in 0..whole.len() - 6 {
            assert_eq!(orientation(&whole[..end]), None, "{end}");
        }
        assert_eq!(orientation(b"MM\0*\xFF\xFF\xFF\xFF"), None);
        assert_eq!(orientation(b"II*\0\x08\0\0\0\xFF\xFF"), None);
    }
}
