//! Scans of the photos that every client's tests use.

mod bounds;
mod fuzz;
mod noise;

use super::{MAX_METADATA, Scan, Step};
use crate::signature::ImageType;
use serde::Deserialize;
use std::{fs, path::Path};

#[derive(Deserialize)]
struct Photo {
    name: String,
    #[serde(rename = "type")]
    content_type: String,
    has_position: bool,
    #[serde(skip)]
    bytes: Vec<u8>,
}

impl Photo {
    fn format(&self) -> ImageType {
        ImageType::of(&self.bytes).unwrap()
    }
}

fn photos() -> Vec<Photo> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/vectors/photos");
    let manifest = fs::read(folder.join("manifest.json")).unwrap();
    let mut photos: Vec<Photo> = serde_json::from_slice(&manifest).unwrap();
    for photo in &mut photos {
        photo.bytes = fs::read(folder.join(&photo.name)).unwrap();
    }
    photos
}

fn photo(name: &str) -> Vec<u8> {
    photos().into_iter().find(|photo| photo.name == name).unwrap().bytes
}

/// What a scan of a file said, and what it took.
#[derive(Debug, PartialEq, Eq)]
struct Scanned {
    has_position: bool,
    reads: u32,
    /// How many bytes were read.
    read: u64,
}

/// Scans a file whose bytes come in pieces of that size.
fn scan(format: ImageType, file: &[u8], piece: usize) -> Scanned {
    let size = file.len() as u64;
    let mut scan = Scan::new(format, size);
    let (mut reads, mut read) = (0, 0);
    loop {
        let range = match scan.step() {
            Step::Done(has_position) => return Scanned { has_position, reads, read },
            Step::Read(range) => range,
        };
        assert!(range.start < range.end && range.end <= size, "{range:?} of {size}");
        reads += 1;
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        for bytes in file[range].chunks(piece) {
            read += bytes.len() as u64;
            if !scan.feed(bytes) {
                break;
            }
        }
        assert!(scan.held.len() as u64 <= MAX_METADATA);
    }
}

fn has_position(format: ImageType, file: &[u8]) -> bool {
    scan(format, file, 16 * 1024).has_position
}

/// A file with something put in.
fn with(file: &[u8], at: usize, inserted: &[u8]) -> Vec<u8> {
    [&file[..at], inserted, &file[at..]].concat()
}

#[test]
fn a_position_is_found_wherever_a_photo_carries_it() {
    let photos = photos();
    for format in [ImageType::Jpeg, ImageType::Png, ImageType::Webp, ImageType::Heic] {
        for has_position in [true, false] {
            assert!(photos.iter().any(|photo| {
                photo.content_type == format.content_type() && photo.has_position == has_position
            }));
        }
    }
    for photo in photos {
        assert_eq!(photo.format().content_type(), photo.content_type, "{}", photo.name);
        let scanned = scan(photo.format(), &photo.bytes, photo.bytes.len());
        assert_eq!(scanned.has_position, photo.has_position, "{}", photo.name);
        assert_eq!(scanned.reads, 1, "{}", photo.name);
    }
}

#[test]
fn bytes_may_come_in_pieces_of_any_size() {
    for photo in photos() {
        for piece in [1, 2, 3, 7, 64, 1000] {
            let scanned = scan(photo.format(), &photo.bytes, piece);
            assert_eq!(scanned.has_position, photo.has_position, "{} by {piece}", photo.name);
        }
    }
}

#[test]
fn a_read_that_breaks_off_is_taken_up_where_it_ended() {
    let file = photo("exif-gps-at-the-end.heic");
    let mut scan = Scan::new(ImageType::Heic, file.len() as u64);
    while let Step::Read(range) = scan.step() {
        let start = usize::try_from(range.start).unwrap();
        scan.feed(&file[start..file.len().min(start + 100)]);
    }
    assert_eq!(scan.step(), Step::Done(true));
}

#[test]
fn boxes_that_only_hold_others_are_entered() {
    let file = photo("exif-gps-at-the-end.heic");
    let at = memchr::memmem::rfind(&file, b"meta").unwrap() - 4;
    let boxed = |name: &[u8; 4], content: &[u8]| {
        let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
        [&size[..], name, content].concat()
    };
    let wrapped = boxed(b"moov", &boxed(b"trak", &file[at..]));
    assert!(has_position(ImageType::Heic, &[&file[..at], &wrapped].concat()));
    let wrapped = boxed(b"free", &file[at..]);
    assert!(!has_position(ImageType::Heic, &[&file[..at], &wrapped].concat()));
}
