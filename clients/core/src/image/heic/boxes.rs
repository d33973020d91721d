//! Boxes: a size, a kind, and what is in them.

use std::ops::Range;

/// A box, by where it is in the file.
#[derive(Clone, Debug)]
pub(super) struct Boxed {
    pub kind: [u8; 4],
    pub start: usize,
    pub data: Range<usize>,
}

/// The boxes that fill a range; none when they do not.
pub(super) fn boxes(bytes: &[u8], range: Range<usize>) -> Option<Vec<Boxed>> {
    let mut found = vec![];
    let mut start = range.start;
    while start < range.end {
        let header = bytes.get(start..range.end)?;
        let kind: [u8; 4] = *header.get(4..)?.first_chunk()?;
        let size = usize::try_from(u32::from_be_bytes(*header.first_chunk()?)).ok()?;
        let (begin, size) = match size {
            // To the end of the file.
            0 => (8, header.len()),
            1 => {
                let size = u64::from_be_bytes(*header.get(8..)?.first_chunk()?);
                (16, usize::try_from(size).ok()?)
            }
            size => (8, size),
        };
        if size < begin || size > header.len() {
            return None;
        }
        found.push(Boxed { kind, start, data: start + begin..start + size });
        start += size;
    }
    Some(found)
}

/// Reads numbers one after the other.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A number of 0 to 8 bytes.
    pub fn number(&mut self, length: usize) -> Option<usize> {
        let bytes = self.take(length)?;
        let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        usize::try_from(number).ok()
    }
}
