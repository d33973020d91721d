//! HEIC (ISO/IEC 23008-12 in the boxes of ISO/IEC 14496-12).
//!
//! Items refer to bytes by their place in the file, so nothing is taken out: what metadata say is
//! overwritten with zeros where it stands, and nobody is told any more that it is metadata: zeros are no
//! EXIF, and no compressed XMP. How the image is turned is a property of the image
//! (`irot`, `imir`), not told by its metadata.

mod boxes;
mod items;

use boxes::{Boxed, boxes};
use std::ops::Range;

/// Boxes of a file that an image consists of. All others are made free space.
const KEPT: [&[u8; 4]; 5] = [b"ftyp", b"meta", b"mdat", b"free", b"skip"];
/// The children of `meta` that say where what is, and what it looks like.
const KEPT_IN_META: [&[u8; 4]; 11] = [
    b"hdlr", b"pitm", b"iinf", b"iloc", b"iprp", b"iref", b"idat", b"dinf", b"grpl", b"free",
    b"skip",
];

/// The image without what its metadata said.
pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut clean = bytes.to_vec();
    let mut has_meta = false;
    for found in boxes(bytes, 0..bytes.len())? {
        if !KEPT.contains(&&found.kind) {
            blank_box(&mut clean, &found);
        } else if found.kind == *b"meta" {
            has_meta = true;
            clean_meta(bytes, &found, &mut clean)?;
        } else if matches!(&found.kind, b"free" | b"skip") {
            clean[found.data.clone()].fill(0);
        }
    }
    has_meta.then_some(clean)
}

fn clean_meta(bytes: &[u8], meta: &Boxed, clean: &mut [u8]) -> Option<()> {
    // A full box: version and flags come first.
    let inner = meta.data.start.checked_add(4)?..meta.data.end;
    let children = boxes(bytes, inner)?;
    let metadata = items::metadata(bytes, &children)?;
    for range in metadata.places {
        clean.get_mut(range)?.fill(0);
    }
    for kind in metadata.kinds {
        clean.get_mut(kind)?.copy_from_slice(b"free");
    }
    for child in &children {
        if !KEPT_IN_META.contains(&&child.kind) {
            blank_box(clean, child);
        }
    }
    Some(())
}

/// Makes a box free space of the same size.
fn blank_box(clean: &mut [u8], found: &Boxed) {
    let kind: Range<usize> = found.start + 4..found.start + 8;
    clean[kind].copy_from_slice(b"free");
    clean[found.data.clone()].fill(0);
}
