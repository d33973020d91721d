//! The ZIP format: what stands before an entry, behind it, and in the directory at the end.
//!
//! APPNOTE.TXT 6.3.10, with ZIP64 where sizes are not known before. Every entry has the same time.

use serde::{Deserialize, Serialize};

/// 1 January 1980, the format's first day.
const DATE: u16 = 0x0021;
/// Names are UTF-8.
const UTF8: u16 = 0x0800;
/// Sizes come behind the content.
const SIZES_BEHIND: u16 = 0x0008;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// By version 4.5 of the format, on Unix.
const MADE_ON_UNIX: u16 = 0x032d;
/// The version that a reader needs: of stored entries, and of those with long sizes.
const PLAIN: u16 = 20;
const ZIP64: u16 = 45;
const LARGE: u32 = u32::MAX;

/// What the central directory says of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) is_deflated: bool,
    pub(crate) crc: u32,
    pub(crate) packed: u64,
    pub(crate) size: u64,
    pub(crate) offset: u64,
}

impl Entry {
    /// The version that a reader needs, the flags, and the method.
    const fn kind(&self) -> (u16, u16, u16) {
        if self.is_deflated {
            (ZIP64, UTF8 | SIZES_BEHIND, DEFLATED)
        } else {
            (PLAIN, UTF8, STORED)
        }
    }
}

/// What stands before an entry. The sizes of a deflated one come behind it.
pub(crate) fn local_header(out: &mut Vec<u8>, entry: &Entry) {
    let (needed, flags, method) = entry.kind();
    let extra = if entry.is_deflated { long_sizes(&[0, 0]) } else { Vec::new() };
    let (packed, size) =
        if entry.is_deflated { (LARGE, LARGE) } else { (short(entry.packed), short(entry.size)) };
    u32(out, 0x0403_4b50);
    for number in [needed, flags, method, 0, DATE] {
        u16(out, number);
    }
    for number in [entry.crc, packed, size] {
        u32(out, number);
    }
    length(out, entry.name.len());
    length(out, extra.len());
    out.extend_from_slice(entry.name.as_bytes());
    out.extend_from_slice(&extra);
}

/// What stands behind a deflated entry.
pub(crate) fn sizes_behind(out: &mut Vec<u8>, entry: &Entry) {
    u32(out, 0x0807_4b50);
    u32(out, entry.crc);
    u64(out, entry.packed);
    u64(out, entry.size);
}

/// An entry's line of the directory.
pub(crate) fn central_header(out: &mut Vec<u8>, entry: &Entry) {
    let long = [entry.size, entry.packed, entry.offset];
    let long: Vec<u64> = long.into_iter().filter(|size| *size >= u64::from(LARGE)).collect();
    let extra = if long.is_empty() { Vec::new() } else { long_sizes(&long) };
    let (needed, flags, method) = entry.kind();
    u32(out, 0x0201_4b50);
    let needed = if long.is_empty() { needed } else { ZIP64 };
    for number in [MADE_ON_UNIX, needed, flags, method, 0, DATE] {
        u16(out, number);
    }
    for number in [entry.crc, short(entry.packed), short(entry.size)] {
        u32(out, number);
    }
    length(out, entry.name.len());
    length(out, extra.len());
    // No comment, the first disk, not a text in particular.
    for number in [0, 0, 0] {
        u16(out, number);
    }
    // Made as on Unix, so this is what the file's rights are.
    u32(out, 0o100_644 << 16);
    u32(out, short(entry.offset));
    out.extend_from_slice(entry.name.as_bytes());
    out.extend_from_slice(&extra);
}

/// What stands behind the directory, which has so many entries, begins there and is so long.
pub(crate) fn end_of_directory(out: &mut Vec<u8>, count: u64, begin: u64, size: u64) {
    if count >= 0xffff || begin >= u64::from(LARGE) {
        u32(out, 0x0606_4b50);
        u64(out, 44);
        u16(out, MADE_ON_UNIX);
        u16(out, ZIP64);
        u32(out, 0);
        u32(out, 0);
        for number in [count, count, size, begin] {
            u64(out, number);
        }
        u32(out, 0x0706_4b50);
        u32(out, 0);
        u64(out, begin + size);
        u32(out, 1);
    }
    let count = u16::try_from(count).unwrap_or(u16::MAX);
    u32(out, 0x0605_4b50);
    for number in [0, 0, count, count] {
        u16(out, number);
    }
    u32(out, short(size));
    u32(out, short(begin));
    u16(out, 0);
}

/// The extra field for sizes of more than 32 bits.
fn long_sizes(sizes: &[u64]) -> Vec<u8> {
    let mut extra = vec![1, 0];
    length(&mut extra, sizes.len() * 8);
    for size in sizes {
        u64(&mut extra, *size);
    }
    extra
}

fn short(size: u64) -> u32 {
    u32::try_from(size).unwrap_or(LARGE)
}

fn length(out: &mut Vec<u8>, length: usize) {
    u16(out, u16::try_from(length).unwrap_or(u16::MAX));
}

fn u16(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn u64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}
