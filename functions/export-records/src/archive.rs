//! A ZIP that can be put aside between two of its parts, which no crate's writer can: what was written is
//! not needed again, and the hash goes on from where it was.
//!
//! Text is deflated in chunks that know nothing of each other, so that the same entries give the same bytes
//! whatever was put aside when.

use crate::zip::{self, Entry};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chat::error::{Cause, Error};
use flate2::{Compress, Compression, FlushCompress, Status};
use serde::{Deserialize, Serialize};
use sha2_resumable::{
    Digest as _, Sha256,
    digest::common::hazmat::{SerializableState as _, SerializedState},
};

/// How large a part is at least; S3 wants five megabytes.
const PART: usize = 8 * 1024 * 1024;

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

    /// Whether there is enough in `out` for a part.
    pub(crate) fn is_full(&self) -> bool {
        self.out.len() >= PART
    }

    fn offset(&self) -> u64 {
        self.written + self.out.len() as u64
    }

    /// Begins an entry whose text comes in chunks.
    pub(crate) fn begin(&mut self, name: &str) {
        let (name, offset) = (name.to_owned(), self.offset());
        let entry = Entry { name, is_deflated: true, crc: 0, packed: 0, size: 0, offset };
        zip::local_header(&mut self.out, &entry);
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
        zip::sizes_behind(&mut self.out, &entry);
        self.finished.push(entry);
        Ok(())
    }

    /// Adds a whole entry as it is.
    pub(crate) fn store(&mut self, name: &str, bytes: &[u8]) {
        let crc = crc32fast::hash(bytes);
        let (name, size, offset) = (name.to_owned(), bytes.len() as u64, self.offset());
        let entry = Entry { name, is_deflated: false, crc, packed: size, size, offset };
        zip::local_header(&mut self.out, &entry);
        self.out.extend_from_slice(bytes);
        self.finished.push(entry);
    }

    /// The directory of all entries, and the end. Returns the SHA-256 of everything and how long it is.
    pub(crate) fn close(&mut self, entries: &[Entry]) -> (Vec<u8>, String, u64) {
        let begin = self.offset();
        for entry in entries {
            zip::central_header(&mut self.out, entry);
        }
        let size = self.offset() - begin;
        zip::end_of_directory(&mut self.out, entries.len() as u64, begin, size);
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
