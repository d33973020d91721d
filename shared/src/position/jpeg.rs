//! JPEG: segments, each behind a marker (ITU-T T.81, annex B), and the picture's data in between.

mod extended;

use self::extended::Extended;
use super::{block, exif, next::Next};
use memchr::memchr_iter;

const APP1: u8 = 0xE1;
const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;

/// What comes before each part of an extended packet (XMP specification, part 3, section 1.1.3.1).
const EXTENDED_HEADER: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";

pub(super) const START: Next = Next::From(0);

#[derive(Debug)]
pub(super) struct Jpeg {
    size: u64,
    /// Where the bytes that are awaited begin.
    at: u64,
    awaited: Awaited,
    /// Behind one image's end and before another's beginning, nothing else is a marker.
    is_outside: bool,
    exif: Exif,
    extended: Extended,
}

#[derive(Clone, Copy, Debug)]
enum Awaited {
    /// The next marker, somewhere.
    Marker,
    /// A marker and the length of its segment.
    Head,
    /// What a segment APP1 holds.
    Content,
}

impl Jpeg {
    pub(super) fn new(size: u64) -> Self {
        Self {
            size,
            at: 0,
            awaited: Awaited::Marker,
            is_outside: true,
            exif: Exif::default(),
            extended: Extended::default(),
        }
    }

    pub(super) fn next(&mut self, bytes: &[u8]) -> Next {
        if bytes.is_empty() {
            return Next::Done(self.exif.has_position() || self.extended.has_position());
        }
        match self.awaited {
            Awaited::Marker => self.seek(bytes),
            Awaited::Head => self.enter(bytes),
            Awaited::Content => self.look_through(bytes),
        }
    }

    /// Looks for a marker. Data of the picture have zeros behind the bytes that look like one.
    fn seek(&mut self, bytes: &[u8]) -> Next {
        for at in memchr_iter(0xFF, bytes) {
            if bytes.get(at + 1).is_none_or(|code| self.is_marker(*code)) {
                self.at += at as u64;
                self.awaited = Awaited::Head;
                return Next::Block(self.at..self.at + 4);
            }
        }
        self.go_on(bytes.len())
    }

    fn is_marker(&self, code: u8) -> bool {
        // Zero, padding, and the markers within data, which have no segment.
        let is_nothing = matches!(code, 0x00 | 0x01 | 0xD0..=0xD7 | 0xFF);
        if self.is_outside { code == START_OF_IMAGE } else { !is_nothing }
    }

    /// Asks for the content of an APP1 segment, and steps over every other.
    fn enter(&mut self, bytes: &[u8]) -> Next {
        let code = bytes.get(1).copied().unwrap_or_default();
        if !self.is_marker(code) {
            return self.go_on(1);
        }
        if matches!(code, START_OF_IMAGE | END_OF_IMAGE) {
            self.is_outside = code == END_OF_IMAGE;
            return self.go_on(2);
        }
        let [_, _, high, low] = *bytes else { return self.go_on(bytes.len()) };
        // The length counts itself.
        let length = u16::from_be_bytes([high, low]).max(2);
        if code != APP1 || length == 2 {
            return self.go_on(2 + usize::from(length));
        }
        let end = self.at + 2 + u64::from(length);
        self.at += 4;
        self.awaited = Awaited::Content;
        Next::Block(self.at..end)
    }

    fn look_through(&mut self, content: &[u8]) -> Next {
        let has_position = if let Some(part) = block::without_exif_header(content) {
            self.exif.is_position_in(part)
        } else if let Some(part) = content.strip_prefix(EXTENDED_HEADER) {
            // What cannot be kept cannot be looked through.
            self.extended.keep(part).is_none()
        } else {
            block::has_position(content)
        };
        if has_position { Next::Done(true) } else { self.go_on(content.len()) }
    }

    fn go_on(&mut self, passed: usize) -> Next {
        self.at += passed as u64;
        self.awaited = Awaited::Marker;
        Next::From(self.at.min(self.size))
    }
}

/// An EXIF block. One that is larger than a segment goes on in the next, without a header of its own.
#[derive(Debug, Default)]
struct Exif {
    block: Vec<u8>,
    /// Whether the block has grown since it was looked through.
    has_grown: bool,
}

impl Exif {
    /// Whether the part shows a position. A block in parts is looked through when it is whole.
    fn is_position_in(&mut self, part: &[u8]) -> bool {
        if exif::begins(part) {
            let has_position = self.has_position() || exif::has_position(part);
            *self = Self { block: part.to_vec(), has_grown: false };
            return has_position;
        }
        self.block.extend_from_slice(part);
        self.has_grown = true;
        false
    }

    fn has_position(&self) -> bool {
        self.has_grown && exif::has_position(&self.block)
    }
}
