//! Decompression, bounded.

use super::next::MAX_METADATA;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use std::io::Read;

/// How much may still come out of an image's compressed blocks: a few kilobytes can hold gigabytes.
#[derive(Debug)]
pub(super) struct Inflate {
    left: u64,
}

impl Inflate {
    pub(super) const fn new() -> Self {
        Self { left: MAX_METADATA }
    }

    /// What a zlib stream (RFC 1950) holds, as far as it can be read; none if that is too much.
    pub(super) fn zlib(&mut self, compressed: &[u8]) -> Option<Vec<u8>> {
        self.read(ZlibDecoder::new(compressed))
    }

    /// What a stream holds that is compressed in one of the ways of HTTP, which ISO/IEC 14496-12
    /// borrows; none if it is too much, or compressed otherwise.
    pub(super) fn any(&mut self, compressed: &[u8]) -> Option<Vec<u8>> {
        let content = if compressed.starts_with(&[0x1F, 0x8B]) {
            self.read(GzDecoder::new(compressed))
        } else {
            match self.zlib(compressed)? {
                // Some take "deflate" by its name (RFC 1951).
                nothing if nothing.is_empty() => self.read(DeflateDecoder::new(compressed)),
                content => Some(content),
            }
        };
        content.filter(|content| !content.is_empty())
    }

    fn read(&mut self, decoder: impl Read) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        // What came before an error is looked at; the error itself says nothing about a position.
        let _ = decoder.take(self.left + 1).read_to_end(&mut content);
        self.left = self.left.checked_sub(content.len() as u64)?;
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{
        Compression,
        read::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use std::io;

    fn all(mut reader: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn no_more_is_taken_out_than_is_looked_through() {
        let mut bomb = io::repeat(b' ').take(8 * MAX_METADATA);
        assert_eq!(Inflate::new().read(&mut bomb), None);
        assert!(bomb.limit() > 6 * MAX_METADATA);
    }

    #[test]
    fn each_of_three_ways_to_compress_is_known() {
        let text = b"<a b='c'/>".repeat(9);
        let fast = Compression::fast();
        for compressed in [
            all(ZlibEncoder::new(&text[..], fast)),
            all(GzEncoder::new(&text[..], fast)),
            all(DeflateEncoder::new(&text[..], fast)),
        ] {
            assert_eq!(Inflate::new().any(&compressed).as_deref(), Some(&text[..]));
        }
        assert_eq!(Inflate::new().any(b"\xFEsomething else"), None);
    }

    #[test]
    fn what_comes_before_a_break_is_kept() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
        let compressed = all(ZlibEncoder::new(&text[..], Compression::fast()));
        let begun = Inflate::new().zlib(&compressed[..compressed.len() / 2]).unwrap();
        assert!(begun.len() > 1_000 && text.starts_with(&begun));
    }
}
