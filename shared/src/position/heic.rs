//! HEIC: boxes (ISO/IEC 14496-12), among them one that says where the items with metadata are.

mod head;
mod items;

use self::{
    head::{HEAD, Head},
    items::{Item, Kind},
};
use super::{block, inflate::Inflate, next::Next};
use std::{collections::VecDeque, mem, ops::Range};

pub(super) const START: Next = Next::Block(0..HEAD);

#[derive(Debug)]
pub(super) struct Heic {
    size: u64,
    /// Where the next box begins.
    at: u64,
    awaited: Awaited,
    /// Items that are still to be read; the first one is under way.
    items: VecDeque<Item>,
    /// What has been read of that one.
    content: Vec<u8>,
    inflate: Inflate,
}

#[derive(Debug)]
enum Awaited {
    Head,
    /// A `meta` box that begins there.
    Meta(u64),
    Packet,
    Extent,
}

impl Heic {
    pub(super) const fn new(size: u64) -> Self {
        Self {
            size,
            at: 0,
            awaited: Awaited::Head,
            items: VecDeque::new(),
            content: Vec::new(),
            inflate: Inflate::new(),
        }
    }

    pub(super) fn next(&mut self, bytes: &[u8]) -> Next {
        match mem::replace(&mut self.awaited, Awaited::Head) {
            Awaited::Head => self.enter(bytes),
            Awaited::Packet if block::has_position(bytes) => Next::Done(true),
            Awaited::Packet => self.head(),
            Awaited::Meta(start) => match items::of(bytes, start, self.size) {
                Some(items) => {
                    self.items = items;
                    self.read_items()
                }
                None => Next::Done(true),
            },
            Awaited::Extent => {
                self.content.extend_from_slice(bytes);
                self.read_items()
            }
        }
    }

    fn head(&self) -> Next {
        Next::Block(self.at..self.at.saturating_add(HEAD))
    }

    /// Asks for a box's content if it holds metadata, otherwise for the next box.
    fn enter(&mut self, head: &[u8]) -> Next {
        let Some(found) = Head::of(head) else { return Next::Done(false) };
        let end = found.size.map_or(self.size, |size| self.at.saturating_add(size));
        let content: Range<u64> = self.at + found.length..end.min(self.size);
        self.at = end;
        match &found.name {
            // These only hold others, of which some are `meta` boxes.
            b"moov" | b"trak" => {
                self.at = content.start;
                self.head()
            }
            b"meta" => {
                self.awaited = Awaited::Meta(content.start);
                Next::Block(content)
            }
            b"uuid" if !found.is_other_uuid() => {
                self.awaited = Awaited::Packet;
                Next::Block(content)
            }
            _ => self.head(),
        }
    }

    /// Asks for the next piece of an item; looks through each that is whole.
    fn read_items(&mut self) -> Next {
        while let Some(item) = self.items.front_mut() {
            if let Some(extent) = item.extents.pop_front() {
                self.awaited = Awaited::Extent;
                return Next::Block(extent);
            }
            let content = mem::take(&mut self.content);
            let kind = item.kind;
            self.items.pop_front();
            if self.is_position_in(kind, &content) {
                return Next::Done(true);
            }
        }
        self.head()
    }

    fn is_position_in(&mut self, kind: Kind, content: &[u8]) -> bool {
        match kind {
            Kind::Packet => block::has_position(content),
            Kind::CompressedPacket => {
                self.inflate.any(content).is_none_or(|packet| block::has_position(&packet))
            }
            // It begins with how much comes before the TIFF file (ISO/IEC 23008-12, annex A.2.1).
            Kind::Exif => content.split_first_chunk::<4>().is_some_and(|(before, content)| {
                let before = usize::try_from(u32::from_be_bytes(*before)).unwrap_or(usize::MAX);
                // Some writers get that wrong.
                block::has_position(content.get(before..).unwrap_or_default())
                    || block::has_position(content)
            }),
        }
    }
}
