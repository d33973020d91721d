//! A ZIP that can be put aside between two of its parts, which no crate's writer can: what was written is
//! not needed again, and the hash goes on from where it was.
//!
//! Format: APPNOTE.TXT 6.3.10, with ZIP64 where sizes are not known before. Every entry has the same time, and
//! text is deflated in chunks that know nothing of each other, so that the same entries give the same bytes
//! whatever was put aside when.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chat::error::{Cause, Error};
use flate2::{Compress, Compression, FlushCompress, Status};
use serde::{Deserialize, Serialize};
use sha2_resumable::{
    Digest as _, Sha256,
    digest::common::hazmat::{SerializableState as _, SerializedState},
};

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
const LARGE: u32 = u32::MAX;

/// What the central directory says of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    name: String,
    is_deflated: bool,
    crc: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

/// What is put aside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Aside {
    written: u64,
    hash: String,
    open: Option<Entry>,
}

/// A ZIP that is being written.
pub(crate) struct Archive {
    /// Bytes before `out`.
    written: u64,
    hash: Sha256,
    /// The entry whose text is being written.
    open: Option<Entry>,
    /// Entries that were finished since it was put aside.
    pub(crate) finished: Vec<Entry>,
    /// What is to be uploaded next.
    pub(crate) out: Vec<u8>,
}

impl Archive {
    pub(crate) fn new() -> Self {
        let (finished, out) = (Vec::new(), Vec::new());
        Self { written: 0, hash: Sha256::new(), open: None, finished, out }
    }

    /// Goes on with what was put aside.
    pub(crate) fn resume(aside: &Aside) -> Result<Self, Error> {
        let malformed =
            || Error::Internal(Cause::new("an export's state is not as it was written"));
        let bytes = STANDARD.decode(&aside.hash).map_err(|_| malformed())?;
        let state =
            SerializedState::<Sha256>::try_from(bytes.as_slice()).map_err(|_| malformed())?;
        let hash = Sha256::deserialize(&state).map_err(|_| malformed())?;
        Ok(Self { written: aside.written, hash, open: aside.open.clone(), ..Self::new() })
    }

    /// Puts it aside: what `out` and `finished` have is the caller's to keep.
    pub(crate) fn put_aside(&mut self) -> (Vec<u8>, Vec<Entry>, Aside) {
        let (out, finished) = (std::mem::take(&mut self.out), std::mem::take(&mut self.finished));
        self.hash.update(&out);
        self.written += out.len() as u64;
        let hash = STANDARD.encode(self.hash.serialize());
        (out, finished, Aside { written: self.written, hash, open: self.open.clone() })
    }

    fn offset(&self) -> u64 {
        self.written + self.out.len() as u64
    }

    /// Begins an entry whose text comes in chunks.
    pub(crate) fn begin(&mut self, name: &str) {
        let (name, offset) = (name.to_owned(), self.offset());
        let entry = Entry { name, is_deflated: true, crc: 0, packed: 0, size: 0, offset };
        self.local_header(&entry, 45, UTF8 | SIZES_BEHIND, LARGE, LARGE, &zip64(&[0, 0]));
        self.open = Some(entry);
    }

    /// Adds a chunk of its text.
    ///
    /// # Errors
    /// [`Error::Internal`] when no entry was begun.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Error> {
        self.deflate(text, FlushCompress::Full)
    }

    /// Ends it.
    ///
    /// # Errors
    /// [`Error::Internal`] when no entry was begun.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.deflate("", FlushCompress::Finish)?;
        let Some(entry) = self.open.take() else { return Err(unopened()) };
        self.u32(0x0807_4b50);
        self.u32(entry.crc);
        self.u64(entry.packed);
        self.u64(entry.size);
        self.finished.push(entry);
        Ok(())
    }

    /// Adds a whole entry as it is.
    pub(crate) fn store(&mut self, name: &str, bytes: &[u8]) {
        let crc = crc32fast::hash(bytes);
        let (name, size, offset) = (name.to_owned(), bytes.len() as u64, self.offset());
        let entry = Entry { name, is_deflated: false, crc, packed: size, size, offset };
        // An image has ten megabytes at most.
        let short = u32::try_from(size).unwrap_or(LARGE);
        self.local_header(&entry, 20, UTF8, short, short, &[]);
        self.out.extend_from_slice(bytes);
        self.finished.push(entry);
    }

    /// The directory of all entries, and the end. Returns the SHA-256 of everything and how long it is.
    pub(crate) fn close(&mut self, entries: &[Entry]) -> (Vec<u8>, String, u64) {
        let begin = self.offset();
        for entry in entries {
            self.central_header(entry);
        }
        self.end_of_directory(entries.len() as u64, begin, self.offset() - begin);
        let out = std::mem::take(&mut self.out);
        self.hash.update(&out);
        self.written += out.len() as u64;
        let digest = self.hash.clone().finalize();
        let hex = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        (out, hex, self.written)
    }

    fn deflate(&mut self, text: &str, flush: FlushCompress) -> Result<(), Error> {
        let Some(entry) = &mut self.open else { return Err(unopened()) };
        let mut crc = crc32fast::Hasher::new_with_initial(entry.crc);
        crc.update(text.as_bytes());
        entry.crc = crc.finalize();
        entry.size += text.len() as u64;
        let before = self.out.len();
        let mut compress = Compress::new(Compression::default(), false);
        let broken = |_| Error::Internal(Cause::new("text could not be deflated"));
        loop {
            self.out.reserve(64 * 1024);
            let consumed = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
            let rest = text.as_bytes().get(consumed..).unwrap_or_default();
            let status = compress.compress_vec(rest, &mut self.out, flush).map_err(broken)?;
            let has_room = self.out.len() < self.out.capacity();
            let is_all_in = compress.total_in() == text.len() as u64;
            if status == Status::StreamEnd
                || (is_all_in && has_room && flush == FlushCompress::Full)
            {
                break;
            }
        }
        entry.packed += (self.out.len() - before) as u64;
        Ok(())
    }

    fn local_header(
        &mut self,
        entry: &Entry,
        needed: u16,
        flags: u16,
        packed: u32,
        size: u32,
        extra: &[u8],
    ) {
        self.u32(0x0403_4b50);
        self.u16(needed);
        self.u16(flags);
        self.u16(if entry.is_deflated { DEFLATED } else { STORED });
        self.u16(0);
        self.u16(DATE);
        self.u32(entry.crc);
        self.u32(packed);
        self.u32(size);
        self.length(entry.name.len());
        self.length(extra.len());
        self.out.extend_from_slice(entry.name.as_bytes());
        self.out.extend_from_slice(extra);
    }

    fn central_header(&mut self, entry: &Entry) {
        let long = [entry.size, entry.packed, entry.offset];
        let long: Vec<u64> = long.into_iter().filter(|size| *size >= u64::from(LARGE)).collect();
        let extra = if long.is_empty() { Vec::new() } else { zip64(&long) };
        let short = |size| u32::try_from(size).unwrap_or(LARGE);
        let (needed, flags) =
            if entry.is_deflated { (45, UTF8 | SIZES_BEHIND) } else { (20, UTF8) };
        self.u32(0x0201_4b50);
        // Made as on Unix, which says what the file's rights are.
        self.u16(MADE_ON_UNIX);
        self.u16(if long.is_empty() { needed } else { 45 });
        self.u16(flags);
        self.u16(if entry.is_deflated { DEFLATED } else { STORED });
        self.u16(0);
        self.u16(DATE);
        self.u32(entry.crc);
        self.u32(short(entry.packed));
        self.u32(short(entry.size));
        self.length(entry.name.len());
        self.length(extra.len());
        self.u16(0);
        self.u16(0);
        self.u16(0);
        self.u32(0o100_644 << 16);
        self.u32(short(entry.offset));
        self.out.extend_from_slice(entry.name.as_bytes());
        self.out.extend_from_slice(&extra);
    }

    fn end_of_directory(&mut self, count: u64, begin: u64, size: u64) {
        let end = self.offset();
        if count >= 0xffff || begin >= u64::from(LARGE) {
            self.u32(0x0606_4b50);
            self.u64(44);
            self.u16(MADE_ON_UNIX);
            self.u16(45);
            self.u32(0);
            self.u32(0);
            self.u64(count);
            self.u64(count);
            self.u64(size);
            self.u64(begin);
            self.u32(0x0706_4b50);
            self.u32(0);
            self.u64(end);
            self.u32(1);
        }
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.u32(0x0605_4b50);
        self.u16(0);
        self.u16(0);
        self.u16(count);
        self.u16(count);
        self.u32(u32::try_from(size).unwrap_or(LARGE));
        self.u32(u32::try_from(begin).unwrap_or(LARGE));
        self.u16(0);
    }

    fn length(&mut self, length: usize) {
        self.u16(u16::try_from(length).unwrap_or(u16::MAX));
    }

    fn u16(&mut self, number: u16) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.out.extend_from_slice(&number.to_le_bytes());
    }
}

/// The extra field for sizes of more than 32 bits.
fn zip64(sizes: &[u64]) -> Vec<u8> {
    let mut extra = vec![1, 0];
    extra.extend_from_slice(&u16::try_from(sizes.len() * 8).unwrap_or_default().to_le_bytes());
    for size in sizes {
        extra.extend_from_slice(&size.to_le_bytes());
    }
    extra
}

fn unopened() -> Error {
    Error::Internal(Cause::new("no entry of the archive was begun"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two texts and an image, put aside after each of these many chunks.
    fn written(aside_after: &[usize]) -> (Vec<u8>, String) {
        let (mut archive, mut bytes, mut entries, mut chunk) =
            (Archive::new(), Vec::new(), Vec::new(), 0);
        let mut pause = |archive: &mut Archive| {
            chunk += 1;
            if aside_after.contains(&chunk) {
                let (out, finished, aside) = archive.put_aside();
                bytes.extend(out);
                entries.extend(finished);
                let aside = serde_json::to_string(&aside).unwrap();
                *archive = Archive::resume(&serde_json::from_str(&aside).unwrap()).unwrap();
            }
        };
        for name in ["records.json", "index.html"] {
            archive.begin(name);
            for number in 0..5 {
                archive.text(&format!("{name} {number} ").repeat(3_000)).unwrap();
                pause(&mut archive);
            }
            archive.end().unwrap();
        }
        archive.store("images/5/1-01.jpg", &[7; 1_000]);
        pause(&mut archive);
        let (out, finished, _) = archive.put_aside();
        bytes.extend(out);
        entries.extend(finished);
        let (out, sha256, length) = archive.close(&entries);
        bytes.extend(out);
        assert_eq!(length, bytes.len() as u64);
        (bytes, sha256)
    }

    #[test]
    fn put_aside_anywhere_it_comes_to_the_same_bytes() {
        let (whole, sha256) = written(&[]);
        let expected = Sha256::digest(&whole);
        let hex = expected.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert_eq!(sha256, hex);
        for aside_after in [&[1][..], &[3, 4], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]] {
            assert_eq!(written(aside_after), (whole.clone(), sha256.clone()), "{aside_after:?}");
        }
    }
}
