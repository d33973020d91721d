//! Damaged photos, and bytes that were never one.

use super::{ImageType, photos, scan};
use crate::position::MAX_READS;
use proptest::prelude::*;

/// A file that has been damaged in a few places, or cut off.
fn damaged() -> impl Strategy<Value = (ImageType, Vec<u8>)> {
    let photos = photos();
    let changes =
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..5_u8), 1..12);
    (prop::sample::select((0..photos.len()).collect::<Vec<_>>()), changes).prop_map(
        move |(photo, changes)| {
            let mut bytes = photos[photo].bytes.clone();
            for (index, value, kind) in
                changes.into_iter().filter(|_| !photos[photo].bytes.is_empty())
            {
                let at = index.index(bytes.len());
                match kind {
                    0 => bytes[at] = value,
                    1 => bytes[at] ^= 1 << (value % 8),
                    2 => bytes[at] = [0, 0x7F, 0x80, 0xFF][usize::from(value) % 4],
                    3 => bytes.insert(at, value),
                    _ => bytes.truncate(bytes.len().max(at + 1) - usize::from(value % 3)),
                }
                if bytes.is_empty() {
                    break;
                }
            }
            (photos[photo].format(), bytes)
        },
    )
}

/// Something that means something in some format, or a few bytes.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: [&[u8]; 26] = [
        b"\xFF\xD8",
        b"\xFF\xE1",
        b"\xFF\xDA",
        b"\xFF\xD9",
        b"\xFF",
        b"Exif\0\0",
        b"II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"\x25\x88\x04\0",
        b"\x69\x87\x04\0",
        b"http://ns.adobe.com/xap/1.0/\0",
        b"http://ns.adobe.com/xmp/extension/\0",
        b"<exif:GPS xmlns:exif='",
        b"http://ns.adobe.com/exif/1.0/",
        b"eXIf",
        b"iTXt",
        b"XML:com.adobe.xmp\0",
        b"zTXtRaw profile type exif\0",
        b"EXIF",
        b"XMP ",
        b"ftyp",
        b"meta\0\0\0\0",
        b"iinf\0\0\0\0\0\x01",
        b"infe\x02\0\0\0\0\x01\0\0Exif\0",
        b"\0\0\0",
        b"iloc\0\0\0\0\x44\0\0\x01\0\x01\0\0\0\x01\0\0\0\x08\0\0\0\x10",
    ];
    prop_oneof![
        2 => prop::sample::select(WORDS.to_vec()).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 1..5),
        1 => (0..64_u8).prop_map(|low| vec![0, 0, 0, low]),
    ]
}

fn any_format() -> impl Strategy<Value = ImageType> {
    prop::sample::select(vec![ImageType::Jpeg, ImageType::Png, ImageType::Webp, ImageType::Heic])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_photos_come_to_an_answer((format, bytes) in damaged(), piece in 1..5_000_usize) {
        let scanned = scan(format, &bytes, piece);
        prop_assert!(scanned.reads <= MAX_READS);
        // How the bytes come makes no difference.
        prop_assert_eq!(scanned.has_position, scan(format, &bytes, bytes.len().max(1)).has_position);
    }

    #[test]
    fn noise_comes_to_an_answer(
        format in any_format(),
        pieces in prop::collection::vec(fragment(), 0..80),
        piece in 1..300_usize,
    ) {
        let bytes = pieces.concat();
        let scanned = scan(format, &bytes, piece);
        prop_assert!(scanned.reads <= MAX_READS);
        prop_assert_eq!(scanned.has_position, scan(format, &bytes, bytes.len().max(1)).has_position);
    }
}
