//! PNG: a signature and chunks (PNG, third edition, section 5).

mod text;

use self::text::Text;
use super::{block, inflate::Inflate, next::Next};

/// A keyword's greatest length is 79, and a zero ends it.
const KEYWORD: u64 = 80;

/// The chunks begin behind the signature.
pub(super) const START: Next = head(8);

/// A chunk's head, and a keyword if it begins with one.
const fn head(at: u64) -> Next {
    Next::Block(at..at + 8 + KEYWORD)
}

#[derive(Debug)]
pub(super) struct Png {
    /// Where the next chunk begins.
    at: u64,
    /// The kind of chunk whose content is awaited; none while it is a head.
    inside: Option<Chunk>,
    inflate: Inflate,
}

#[derive(Clone, Copy, Debug)]
enum Chunk {
    Exif,
    Text(Text),
}

impl Png {
    pub(super) const fn new() -> Self {
        Self { at: 8, inside: None, inflate: Inflate::new() }
    }

    pub(super) fn next(&mut self, bytes: &[u8]) -> Next {
        let has_position = match self.inside.take() {
            None => return self.enter(bytes),
            Some(Chunk::Exif) => block::has_position(bytes),
            Some(Chunk::Text(text)) => text.has_position(bytes, &mut self.inflate),
        };
        if has_position { Next::Done(true) } else { head(self.at) }
    }

    /// Asks for a chunk's content if it may hold metadata, otherwise for the next chunk.
    fn enter(&mut self, head_and_keyword: &[u8]) -> Next {
        let Some((head, content)) = head_and_keyword.split_first_chunk::<8>() else {
            return Next::Done(false);
        };
        let [a, b, c, d, name @ ..] = *head;
        let length = u64::from(u32::from_be_bytes([a, b, c, d]));
        let start = self.at + 8;
        // A checksum ends a chunk.
        self.at = start + length + 4;
        let shown =
            usize::try_from(length).map_or(content.len(), |length| content.len().min(length));
        let chunk = match &name {
            // As it is, and as it was called before it became part of the standard.
            b"eXIf" | b"exIf" => Some(Chunk::Exif),
            name => Text::of(*name).map(Chunk::Text),
        };
        match chunk {
            Some(Chunk::Text(_)) if text::is_position(&content[..shown]) => Next::Done(true),
            Some(Chunk::Text(_)) if !text::is_metadata(&content[..shown]) => self::head(self.at),
            Some(chunk) => {
                self.inside = Some(chunk);
                Next::Block(start..start + length)
            }
            None => self::head(self.at),
        }
    }
}
