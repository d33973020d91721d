//! Photos of every kind, damaged over and over.

use super::{ImageType, photos, scan};
use chat_fuzz::Corpus;

fn corpus() -> Corpus {
    let seeds: Vec<_> = photos()
        .into_iter()
        .map(|photo| photo.bytes)
        .filter(|bytes| bytes.len() < 20_000)
        .collect();
    let words: [&[u8]; 12] = [
        b"\xFF\xE1",
        b"\xFF\xD8",
        b"Exif\0\0",
        b"II*\0\x08\0\0\0",
        b"\x25\x88\x04\0",
        b"\0\0\0\0",
        b"\xFF\xFF\xFF\xFF",
        b"eXIf",
        b"iTXt",
        b"EXIF",
        b"meta",
        b"exif:GPSLatitude",
    ];
    Corpus::new(seeds, words)
}

#[test]
fn fuzz_photos() {
    corpus().hunt(|bytes| {
        for format in [ImageType::Jpeg, ImageType::Png, ImageType::Webp, ImageType::Heic] {
            scan(format, bytes, 1_000);
        }
    });
    // A bug that only a photo with another brand than it began with, and a position, comes to.
    let has_word = |bytes: &[u8]| bytes.windows(8).any(|part| part == b"exif:GPS");
    assert!(corpus().finds(|bytes| ImageType::of(bytes) == Some(ImageType::Png)
        && has_word(bytes)
        && bytes.len() % 7 == 3));
}
