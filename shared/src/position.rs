//! Whether a photo's metadata say where it was taken: EXIF's GPS directory, or XMP's `exif:GPS…`.
//!
//! A [`Scan`] does no I/O. It says which bytes of the file it wants, takes them in pieces of any size,
//! and says at last what it found; what is no metadata it skips, so that a read that jumps over the
//! picture is all that most files cost. Nothing of the picture is kept: a scan holds one block of
//! metadata at a time, up to 4 MiB, and mostly a few kilobytes.
//!
//! Where that is possible files are walked by their structure (PNG, WebP, HEIC). A JPEG is read to
//! its end: only a look at every byte tells where the next segment is, and phones append pictures
//! that have an EXIF block of their own.
//!
//! Where metadata are broken, either answer may come. Where they are too large or too tangled to be
//! looked through, the answer is that there is a position: better a refused photo than an address.

mod block;
mod exif;
mod heic;
mod inflate;
mod jpeg;
mod next;
mod png;
mod webp;
mod xmp;

#[cfg(test)]
mod tests;

use crate::signature::ImageType;
use next::{MAX_METADATA, Next};
use std::{mem, ops::Range};

/// The first read, and the first one after a jump: most metadata are at a file's beginning.
pub const FIRST_READ: u64 = 64 * 1024;
/// Each read that goes on from the one before is this many times as long: 10 MiB are five reads.
const GROWTH: u64 = 4;
/// What is skipped within this distance is read along: that is quicker than another request.
const NEAR: u64 = 1024 * 1024;
/// Whole files take fewer, except for a HEIC file whose metadata are in very many pieces.
const MAX_READS: u32 = 40;
/// What each block counts in addition: a file may have a million that are empty.
const BLOCK: u64 = 64;

/// What a [`Scan`] needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These bytes of the file, at least one of them.
    Read(Range<u64>),
    /// Nothing: it knows whether the metadata carry a position.
    Done(bool),
}

/// A search for a position in one image.
///
/// ```
/// # use chat::{position::{Scan, Step}, signature::ImageType};
/// # let file = [0xFF, 0xD8, 0xFF, 0xD9];
/// # let get = |range: std::ops::Range<u64>| {
/// #     file[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()].chunks(3)
/// # };
/// let mut scan = Scan::new(ImageType::Jpeg, 4);
/// let has_position = loop {
///     match scan.step() {
///         Step::Done(has_position) => break has_position,
///         // Bytes are fed as they come; the rest of a read that is not needed is left alone.
///         Step::Read(range) => get(range).all(|bytes| scan.feed(bytes)),
///     };
/// };
/// assert!(!has_position);
/// ```
#[derive(Debug)]
pub struct Scan {
    walker: Walker,
    /// The file's, in bytes.
    size: u64,
    next: Next,
    /// What has come of a block that is wanted as a whole.
    held: Vec<u8>,
    /// What is still to come of the last read.
    read: Range<u64>,
    /// How long that read was.
    length: u64,
    reads: u32,
    /// How many bytes of metadata may still come.
    left: u64,
}

impl Scan {
    /// A search in a file of that format and size.
    #[must_use]
    pub fn new(format: ImageType, size: u64) -> Self {
        let (walker, next) = match format {
            ImageType::Jpeg => (Walker::Jpeg(jpeg::Jpeg::new(size)), jpeg::START),
            ImageType::Png => (Walker::Png(png::Png::new()), png::START),
            ImageType::Webp => (Walker::Webp(webp::Webp::new()), webp::START),
            ImageType::Heic => (Walker::Heic(heic::Heic::new(size)), heic::START),
        };
        let mut scan = Self {
            walker,
            size,
            next,
            held: Vec::new(),
            read: 0..0,
            length: 0,
            reads: 0,
            left: MAX_METADATA,
        };
        if scan.is_at_end() {
            scan.advance(&[]);
        }
        scan
    }

    /// What is needed next; call it when the last read is over. Bytes that did not come are wanted
    /// again, but after 40 reads metadata are taken for tangled: a store that breaks off is for the
    /// caller to notice.
    pub fn step(&mut self) -> Step {
        self.reads += 1;
        if self.reads > MAX_READS && !matches!(self.next, Next::Done(_)) {
            self.next = Next::Done(true);
        }
        let from = match &self.next {
            Next::Done(has_position) => return Step::Done(*has_position),
            Next::Block(_) | Next::From(_) => self.at(),
        };
        let goes_on = (self.read.start..=self.read.end + NEAR).contains(&from);
        self.length = if goes_on && self.length > 0 { self.length * GROWTH } else { FIRST_READ };
        let wanted = if let Next::Block(block) = &self.next { block.end } else { 0 };
        self.read = from..wanted.max(from + self.length).min(self.size);
        Step::Read(self.read.clone())
    }

    /// Takes the next bytes of the read that [`Self::step`] asked for. Whether the read is to go on:
    /// if not, the rest of it is not needed.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        let start = self.read.start;
        self.read.start = self.read.end.min(start + bytes.len() as u64);
        self.offer(start, bytes);
        !matches!(self.next, Next::Done(_)) && self.read.contains(&self.at())
    }

    /// Hands the walker whatever it wants of these bytes.
    fn offer(&mut self, start: u64, bytes: &[u8]) {
        while !matches!(self.next, Next::Done(_)) {
            let skipped = self.at().checked_sub(start).and_then(|skip| usize::try_from(skip).ok());
            match skipped.and_then(|skipped| bytes.get(skipped..)) {
                Some(bytes) if !bytes.is_empty() => self.take(bytes),
                _ => return,
            }
        }
    }

    /// The first byte that is needed and not there.
    fn at(&self) -> u64 {
        match &self.next {
            Next::Block(range) => range.start + self.held.len() as u64,
            Next::From(at) => *at,
            Next::Done(_) => self.size,
        }
    }

    /// Hands the walker what it waits for, or keeps it until there is enough.
    fn take(&mut self, bytes: &[u8]) {
        let missing = match &self.next {
            Next::Block(range) => usize::try_from(range.end - self.at()).unwrap_or(usize::MAX),
            Next::From(_) | Next::Done(_) => bytes.len(),
        };
        let bytes = &bytes[..bytes.len().min(missing)];
        if self.held.is_empty() && bytes.len() == missing {
            self.advance(bytes);
            return;
        }
        self.held.extend_from_slice(bytes);
        if bytes.len() == missing {
            let start = self.at() - self.held.len() as u64;
            let held = mem::take(&mut self.held);
            self.advance(&held);
            // The next block may begin within this one.
            self.offer(start, &held);
        }
    }

    /// Asks the walker what it wants next. What is beyond the file's end it hears of at once.
    fn advance(&mut self, bytes: &[u8]) {
        self.next = self.walker.next(bytes);
        while self.is_at_end() {
            self.next = self.walker.next(&[]);
        }
        if let Next::Block(range) = &self.next {
            let cost = range.end - range.start + BLOCK;
            match self.left.checked_sub(cost) {
                Some(left) => self.left = left,
                None => self.next = Next::Done(true),
            }
        }
    }

    /// Cuts what is wanted off at the file's end. Whether nothing is left.
    fn is_at_end(&mut self) -> bool {
        match &mut self.next {
            Next::Block(range) => {
                range.end = range.end.min(self.size);
                range.is_empty()
            }
            Next::From(at) => *at >= self.size,
            Next::Done(_) => false,
        }
    }
}

/// The structure of one format. Given what it asked for, a walker asks for something else; without
/// any bytes, where the file ends, it comes to an answer in finitely many steps.
#[derive(Debug)]
enum Walker {
    Jpeg(jpeg::Jpeg),
    Png(png::Png),
    Webp(webp::Webp),
    Heic(heic::Heic),
}

impl Walker {
    fn next(&mut self, bytes: &[u8]) -> Next {
        match self {
            Self::Jpeg(jpeg) => jpeg.next(bytes),
            Self::Png(png) => png.next(bytes),
            Self::Webp(webp) => webp.next(bytes),
            Self::Heic(heic) => heic.next(bytes),
        }
    }
}
