//! WebP: chunks in a RIFF container (RFC 9649, section 2.7).

use super::{block, next::Next};
use std::ops::Range;

/// The chunks begin behind `RIFF`, a size and `WEBP`.
pub(super) const START: Next = head(12);

const fn head(at: u64) -> Next {
    Next::Block(at..at + 8)
}

#[derive(Debug)]
pub(super) struct Webp {
    /// Where the next chunk begins.
    at: u64,
    /// Whether a chunk's content is awaited, rather than its head.
    is_inside: bool,
}

impl Webp {
    pub(super) const fn new() -> Self {
        Self { at: 12, is_inside: false }
    }

    pub(super) fn next(&mut self, bytes: &[u8]) -> Next {
        if self.is_inside {
            self.is_inside = false;
            return if block::has_position(bytes) { Next::Done(true) } else { head(self.at) };
        }
        let Some((name, size)) = bytes.split_first_chunk::<4>() else { return Next::Done(false) };
        let Some(size) = size.first_chunk() else { return Next::Done(false) };
        let size = u64::from(u32::from_le_bytes(*size));
        let content: Range<u64> = self.at + 8..self.at + 8 + size;
        // Chunks begin at even offsets.
        self.at = content.end + size % 2;
        match name {
            b"EXIF" | b"XMP " => {
                self.is_inside = true;
                Next::Block(content)
            }
            _ => head(self.at),
        }
    }
}
