//! The items of a `meta` box that hold metadata (ISO/IEC 14496-12, section 8.11).

use super::head::Head;
use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
};

/// Phones write one item of each kind, in one extent.
const MAX_ITEMS: usize = 32;
const MAX_EXTENTS: usize = 256;

/// Ways to say where an item is.
const IN_FILE: u64 = 0;
const IN_DATA_BOX: u64 = 1;

/// An item with metadata.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) kind: Kind,
    /// Where its content is in the file, piece by piece.
    pub(super) extents: VecDeque<Range<u64>>,
}

/// What an item holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Exif,
    /// XMP.
    Packet,
    /// XMP, compressed.
    CompressedPacket,
}

/// The items with metadata of a `meta` box whose content begins at `start`, in a file of that size.
/// None if they are too many, or made of other items.
pub(super) fn of(meta: &[u8], start: u64, size: u64) -> Option<VecDeque<Item>> {
    // QuickTime's box of that name has no version.
    let version = if meta.get(4..8) == Some(b"hdlr") { 0 } else { 4 };
    let find = |name: &[u8; 4]| Boxes { bytes: meta, at: version }.find(|found| found.0 == *name);
    let (Some((_, information)), Some((_, locations))) = (find(b"iinf"), find(b"iloc")) else {
        return Some(VecDeque::new());
    };
    let data = find(b"idat").map_or(0..0, |(_, data)| data);
    let kinds = kinds(&meta[information])?;
    let data = start + data.start as u64..start + data.end as u64;
    let mut found = Locations { kinds, data, size, extents: 0, items: VecDeque::new() };
    match found.read(Fields(&meta[locations])) {
        Err(Tangled) => None,
        // What came before the end is there.
        Ok(()) => Some(found.items),
    }
}

/// Boxes within a box: names, and where their content is.
struct Boxes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Iterator for Boxes<'_> {
    type Item = ([u8; 4], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..)?;
        let head = Head::of(rest)?;
        let size = head.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(rest.len());
        let end = self.at + size.min(rest.len());
        let start = (self.at + usize::try_from(head.length).ok()?).min(end);
        self.at = end;
        Some((head.name, start..end))
    }
}

/// The items that hold metadata, by their ids. None if they are too many.
fn kinds(information: &[u8]) -> Option<BTreeMap<u64, Kind>> {
    // A count of 16 or 32 bits follows the version and flags.
    let at = if information.first() == Some(&0) { 6 } else { 8 };
    let entries = Boxes { bytes: information, at };
    let entries = entries.filter(|(name, _)| name == b"infe");
    let kinds: BTreeMap<u64, Kind> =
        entries.filter_map(|(_, entry)| kind(Fields(&information[entry]))).collect();
    (kinds.len() <= MAX_ITEMS).then_some(kinds)
}

/// An item's id and kind; none if it holds no metadata.
fn kind(mut entry: Fields<'_>) -> Option<(u64, Kind)> {
    let version = entry.number(1)?;
    let _flags = entry.number(3)?;
    let id = entry.number(if version >= 3 { 4 } else { 2 })?;
    let _protection = entry.number(2)?;
    // Before version 2, every item had a media type.
    // Before version 2, every item had a media type.
    let name = if version < 2 { b"mime" } else { entry.take(4)? };
    match name {
        b"Exif" => return Some((id, Kind::Exif)),
        b"mime" => {}
        _ => return None,
    }
    let _name = entry.text();
    let media_type = entry.text().to_ascii_lowercase();
    let is_packet = memchr::memmem::find(&media_type, b"xml").is_some();
    let kind = if entry.text().is_empty() { Kind::Packet } else { Kind::CompressedPacket };
    is_packet.then_some((id, kind))
}

/// Metadata that are not looked through.
struct Tangled;

struct Locations {
    kinds: BTreeMap<u64, Kind>,
    /// Where the data are that the `meta` box itself holds.
    data: Range<u64>,
    size: u64,
    /// How many extents were found.
    extents: usize,
    items: VecDeque<Item>,
}

impl Locations {
    /// Reads as much as there is.
    fn read(&mut self, mut fields: Fields<'_>) -> Result<(), Tangled> {
        let Some(layout) = Layout::read(&mut fields) else { return Ok(()) };
        for _ in 0..layout.items {
            let Some(place) = Place::read(&mut fields, layout) else { return Ok(()) };
            let kind = self.kinds.get(&place.id).copied().filter(|_| place.is_in_this_file);
            let Some(kind) = kind else {
                // At once: there may be very many that take no room.
                if fields.take(place.extents * layout.extent()).is_none() {
                    return Ok(());
                }
                continue;
            };
            let mut item = Item { kind, extents: VecDeque::new() };
            for _ in 0..place.extents {
                let Some(extent) = self.extent(&mut fields, layout, &place)? else { return Ok(()) };
                item.extents.push_back(extent);
            }
            self.items.push_back(item);
        }
        Ok(())
    }

    fn extent(
        &mut self,
        fields: &mut Fields<'_>,
        layout: Layout,
        place: &Place,
    ) -> Result<Option<Range<u64>>, Tangled> {
        let whole = match place.method {
            IN_FILE => 0..self.size,
            IN_DATA_BOX => self.data.clone(),
            _ => return Err(Tangled),
        };
        let mut number = |width| fields.number(width);
        let _index = number(layout.index);
        let (Some(offset), Some(length)) = (number(layout.offset), number(layout.length)) else {
            return Ok(None);
        };
        let start = whole.start.saturating_add(place.base).saturating_add(offset).min(whole.end);
        // No length: all that follows.
        let end = if length == 0 { whole.end } else { start.saturating_add(length).min(whole.end) };
        self.extents += 1;
        if self.extents > MAX_EXTENTS { Err(Tangled) } else { Ok(Some(start..end)) }
    }
}

/// How many items an `iloc` box has, and how wide its fields are.
#[derive(Clone, Copy)]
struct Layout {
    version: u64,
    offset: usize,
    length: usize,
    base: usize,
    index: usize,
    items: u64,
}

impl Layout {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let version = fields.number(1)?;
        let _flags = fields.number(3)?;
        let [first, second] = *fields.take(2)?.first_chunk()?;
        let items = fields.number(if version < 2 { 2 } else { 4 })?;
        let index = if version == 0 { 0 } else { usize::from(second & 15) };
        let [offset, length, base] = [first >> 4, first & 15, second >> 4].map(usize::from);
        Some(Self { version, offset, length, base, index, items })
    }

    const fn extent(self) -> usize {
        self.index + self.offset + self.length
    }
}

/// Where an item is, but for its extents.
struct Place {
    id: u64,
    method: u64,
    is_in_this_file: bool,
    base: u64,
    extents: usize,
}

impl Place {
    fn read(fields: &mut Fields<'_>, layout: Layout) -> Option<Self> {
        Some(Self {
            id: fields.number(if layout.version < 2 { 2 } else { 4 })?,
            method: if layout.version == 0 { IN_FILE } else { fields.number(2)? & 15 },
            is_in_this_file: fields.number(2)? == 0,
            base: fields.number(layout.base)?,
            extents: usize::try_from(fields.number(2)?).ok()?,
        })
    }
}

/// What is left of a box's fields.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken;
        (taken, self.0) = self.0.split_at_checked(length)?;
        Some(taken)
    }

    /// A number of up to eight bytes; one of no bytes is zero.
    fn number(&mut self, width: usize) -> Option<u64> {
        let mut bytes = [0; 8];
        bytes.get_mut(8_usize.checked_sub(width)?..)?.copy_from_slice(self.take(width)?);
        Some(u64::from_be_bytes(bytes))
    }

    /// A text that a zero ends, or the box.
    fn text(&mut self) -> &'a [u8] {
        let end = memchr::memchr(0, self.0).unwrap_or(self.0.len());
        let text = &self.0[..end];
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        text
    }
}
