//! Items: which of them are metadata (`iinf`), and where their bytes are (`iloc`).

use super::boxes::{Boxed, Reader, boxes};
use std::{collections::BTreeMap, ops::Range};

/// The items that are no part of the image.
#[derive(Default)]
pub(super) struct Metadata {
    /// Where their bytes are.
    pub(super) places: Vec<Range<usize>>,
    /// Where it is written of what kind they are.
    pub(super) kinds: Vec<Range<usize>>,
}

/// All items that are no part of the image.
pub(super) fn metadata(bytes: &[u8], meta: &[Boxed]) -> Option<Metadata> {
    let find = |kind: &[u8; 4]| meta.iter().find(|child| child.kind == *kind);
    let (Some(information), Some(locations)) = (find(b"iinf"), find(b"iloc")) else {
        return Some(Metadata::default());
    };
    let items = metadata_items(bytes, information)?;
    let data = find(b"idat").map(|child| &child.data);
    let places = locate(&bytes[locations.data.clone()], bytes.len(), data, &items)?;
    Some(Metadata { places, kinds: items.into_values().collect() })
}

/// EXIF, XMP and the like: whatever is described as text or by a media type.
fn metadata_items(bytes: &[u8], information: &Boxed) -> Option<BTreeMap<usize, Range<usize>>> {
    let mut reader = Reader::new(&bytes[information.data.clone()]);
    let version = reader.number(1)?;
    reader.take(3)?;
    let width = if version == 0 { 2 } else { 4 };
    reader.take(width)?;
    let mut items = BTreeMap::new();
    for entry in boxes(bytes, information.data.start + 4 + width..information.data.end)? {
        let start = entry.data.start;
        let mut reader = Reader::new(&bytes[entry.data]);
        let version = reader.number(1)?;
        reader.take(3)?;
        if version < 2 {
            // Of a time before items had kinds.
            return None;
        }
        let id_width = if version == 2 { 2 } else { 4 };
        let id = reader.number(id_width)?;
        reader.take(2)?;
        if matches!(reader.take(4)?, b"Exif" | b"mime" | b"uri ") {
            let kind = start + 4 + id_width + 2;
            items.insert(id, kind..kind + 4);
        }
    }
    Some(items)
}

fn locate(
    locations: &[u8],
    file: usize,
    data: Option<&Range<usize>>,
    items: &BTreeMap<usize, Range<usize>>,
) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader::new(locations);
    let version = reader.number(1)?;
    reader.take(3)?;
    let [widths, more] = [reader.number(1)?, reader.number(1)?];
    let (offset_width, length_width, base_width) = (widths >> 4, widths & 15, more >> 4);
    let index_width = if version == 0 { 0 } else { more & 15 };
    let id_width = if version < 2 { 2 } else { 4 };
    let count = reader.number(id_width)?;
    let mut found = vec![];
    for _ in 0..count {
        let id = reader.number(id_width)?;
        let method = if version == 0 { 0 } else { reader.number(2)? & 15 };
        reader.take(2)?;
        let base = reader.number(base_width)?;
        let place = match method {
            0 => Some(0..file),
            1 => data.cloned(),
            _ => None,
        };
        for _ in 0..reader.number(2)? {
            reader.take(index_width)?;
            let offset = base.checked_add(reader.number(offset_width)?)?;
            let length = reader.number(length_width)?;
            if items.contains_key(&id) {
                let place = place.clone()?;
                let start = place.start.checked_add(offset)?;
                let length = if length == 0 { place.end.checked_sub(start)? } else { length };
                let end = start.checked_add(length)?;
                (end <= place.end).then(|| found.push(start..end))?;
            }
        }
    }
    Some(found)
}
