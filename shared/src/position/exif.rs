//! EXIF: a TIFF file (TIFF 6.0, section 2) of directories that point to each other.

use super::xmp;

/// Tags whose values are where another directory is, or a packet of XMP.
const SUB_DIRECTORIES: u16 = 0x014A;
const XMP_PACKET: u16 = 0x02BC;
const EXIF_DIRECTORY: u16 = 0x8769;
const GPS_DIRECTORY: u16 = 0x8825;
const INTEROPERABILITY_DIRECTORY: u16 = 0xA005;

/// The type of a value of two bytes.
const SHORT: u16 = 3;
/// How long an entry of a directory is.
const ENTRY: usize = 12;
/// Cameras write five.
const MAX_DIRECTORIES: usize = 64;
const MAX_PACKETS: usize = 4;

/// Whether a TIFF file begins here.
pub(super) fn begins(tiff: &[u8]) -> bool {
    tiff.starts_with(b"II*\0") || tiff.starts_with(b"MM\0*")
}

/// Whether any directory of a TIFF file points to a GPS directory with an entry, or to a packet of
/// XMP with a position. A file whose directories overlap, or are too many, counts as one that does.
pub(super) fn has_position(tiff: &[u8]) -> bool {
    if !begins(tiff) {
        return false;
    }
    let bytes = Bytes { bytes: tiff, is_big_endian: tiff.starts_with(b"M") };
    let mut walk = Walk {
        bytes,
        directories: Vec::new(),
        packets: 0,
        left: tiff.len() / ENTRY + MAX_DIRECTORIES,
    };
    walk.add(bytes.offset(4));
    walk.has_position()
}

struct Walk<'a> {
    bytes: Bytes<'a>,
    /// Where directories are, each once.
    directories: Vec<usize>,
    packets: usize,
    /// How many entries and pointers may still come: more than fit into the file overlap.
    left: usize,
}

impl Walk<'_> {
    fn has_position(&mut self) -> bool {
        let mut seen = 0;
        while let Some(&directory) = self.directories.get(seen) {
            seen += 1;
            if seen > MAX_DIRECTORIES || self.is_position_in(directory) {
                return true;
            }
        }
        false
    }

    /// Looks at a directory's entries, and puts those that it points to on the list.
    fn is_position_in(&mut self, directory: usize) -> bool {
        let Some(count) = self.bytes.short(directory) else { return false };
        let first = directory + 2;
        let end = first + ENTRY * usize::from(count);
        for entry in (first..end).step_by(ENTRY) {
            let Some(tag) = self.bytes.short(entry) else { return false };
            self.left = self.left.saturating_sub(1);
            if self.left == 0 || self.is_position_at(tag, entry) {
                return true;
            }
        }
        self.add(self.bytes.offset(end));
        false
    }

    fn is_position_at(&mut self, tag: u16, entry: usize) -> bool {
        let value = self.bytes.value(entry);
        match tag {
            GPS_DIRECTORY => {
                return value
                    .is_some_and(|gps| self.bytes.short(gps).is_some_and(|count| count > 0));
            }
            XMP_PACKET => return self.is_position_in_packet(entry),
            EXIF_DIRECTORY | INTEROPERABILITY_DIRECTORY => self.add(value),
            SUB_DIRECTORIES => self.add_all(entry),
            _ => {}
        }
        false
    }

    fn is_position_in_packet(&mut self, entry: usize) -> bool {
        self.packets += 1;
        let length = self.bytes.long(entry + 4).unwrap_or(0);
        let packet = self.bytes.offset(entry + 8).and_then(|start| self.bytes.bytes.get(start..));
        let packet = packet.unwrap_or_default();
        let packet = &packet[..packet.len().min(length)];
        self.packets > MAX_PACKETS || xmp::has_position(packet)
    }

    /// A value of several directories is a list of where they are, elsewhere.
    fn add_all(&mut self, entry: usize) {
        let value = self.bytes.value(entry);
        match (self.bytes.long(entry + 4), value) {
            (Some(count @ 2..), Some(list)) => {
                for at in (list..).step_by(4).take(count.min(MAX_DIRECTORIES)) {
                    self.add(self.bytes.offset(at));
                }
            }
            _ => self.add(value),
        }
    }

    fn add(&mut self, directory: Option<usize>) {
        self.left = self.left.saturating_sub(1);
        let is_new = |at: &usize| !self.directories.contains(at);
        // One more than are read, so that too many are noticed.
        if self.directories.len() <= MAX_DIRECTORIES
            && let Some(directory) = directory.filter(is_new)
        {
            self.directories.push(directory);
        }
    }
}

#[derive(Clone, Copy)]
struct Bytes<'a> {
    bytes: &'a [u8],
    is_big_endian: bool,
}

impl Bytes<'_> {
    fn short(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn long(self, at: usize) -> Option<usize> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let long =
            if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
        usize::try_from(long).ok()
    }

    /// An offset stored there; those into the file's header lead nowhere.
    fn offset(self, at: usize) -> Option<usize> {
        self.long(at).filter(|offset| *offset >= 8)
    }

    /// The offset that an entry holds.
    fn value(self, entry: usize) -> Option<usize> {
        if self.short(entry + 2)? == SHORT {
            self.short(entry + 8).map(usize::from).filter(|offset| *offset >= 8)
        } else {
            self.offset(entry + 8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_position;

    /// A big-endian directory of entries of one value: tag, type, count, value.
    fn directory(entries: &[(u16, u16, u32, u32)], following: u32) -> Vec<u8> {
        let count = u16::try_from(entries.len()).unwrap();
        let mut bytes = count.to_be_bytes().to_vec();
        for (tag, kind, count, value) in entries {
            bytes.extend([tag.to_be_bytes(), kind.to_be_bytes()].concat());
            bytes.extend([count.to_be_bytes(), value.to_be_bytes()].concat());
        }
        [bytes, following.to_be_bytes().to_vec()].concat()
    }

    fn tiff(parts: &[&[u8]]) -> Vec<u8> {
        [b"MM\0*\0\0\0\x08", &parts.concat()[..]].concat()
    }

    const ALTITUDE_REF: (u16, u16, u32, u32) = (5, 1, 1, 0);

    #[test]
    fn a_directory_is_followed_wherever_it_is_named() {
        let gps = directory(&[(0x8825, 4, 1, 44)], 0);
        let position = directory(&[ALTITUDE_REF], 0);
        for (tag, kind) in [(0x8769, 4), (0x8769, 13), (0xA005, 4), (0x014A, 4)] {
            let first = directory(&[(tag, kind, 1, 26)], 0);
            assert!(has_position(&tiff(&[&first, &gps, &position])), "{tag:x}");
            assert!(!has_position(&tiff(&[&first, &gps, &directory(&[], 0)])), "{tag:x}");
        }
        // A value of two bytes is the upper half of its field.
        let short = directory(&[(0x8825, 3, 1, 26 << 16)], 0);
        assert!(has_position(&tiff(&[&short, &position])));
        let list = directory(&[(0x014A, 4, 2, 26)], 0);
        let offsets = [0, 0, 0, 8, 0, 0, 0, 34];
        let gps = directory(&[(0x8825, 4, 1, 52)], 0);
        assert!(has_position(&tiff(&[&list, &offsets, &gps, &position])));
    }

    #[test]
    fn a_packet_in_a_directory_is_looked_through() {
        let packet = |name| format!("<a xmlns:e='http://ns.adobe.com/exif/1.0/' e:{name}='1'/>");
        for (name, found) in [("GPSLatitude", true), ("Flash", false)] {
            let packet = packet(name);
            let length = u32::try_from(packet.len()).unwrap();
            let first = directory(&[(0x02BC, 1, length, 26)], 0);
            assert_eq!(has_position(&tiff(&[&first, packet.as_bytes()])), found);
        }
    }

    #[test]
    fn a_pointer_to_nothing_is_no_position() {
        for value in [0, 4, 7, 26, 0xFFFF_FFFF] {
            assert!(!has_position(&tiff(&[&directory(&[(0x8825, 4, 1, value)], 0)])), "{value}");
        }
    }
}
