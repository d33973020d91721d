//! What a scan costs: reads, bytes, and where it gives up.

use super::{ImageType, MAX_METADATA, Scanned, has_position, photo, scan, with};
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

/// A block of EXIF with a position, as it is in JPEG.
fn gps_block() -> Vec<u8> {
    let directory = |tag: u16, kind: u16, value: u32| {
        let entry = [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &[1, 0, 0, 0]].concat();
        [&[1, 0], &entry[..], &value.to_le_bytes(), &[0; 4]].concat()
    };
    let tiff = [b"II*\0\x08\0\0\0".to_vec(), directory(0x8825, 4, 26), directory(5, 1, 0)];
    [b"Exif\0\0".to_vec(), tiff.concat()].concat()
}

fn segment(code: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, code], &length[..], content].concat()
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &name, content, b"sum?"].concat()
}

#[test]
fn a_jpeg_is_read_to_its_end_in_a_few_growing_reads() {
    let picture = [0x5A, 0xFF, 0x00, 0xFF, 0xD3].repeat(2 * 1024 * 1024);
    let start = [&b"\xFF\xD8"[..], &segment(0xDA, b"scan")].concat();
    let plain = [&start[..], &picture, b"\xFF\xD9"].concat();
    let size = plain.len() as u64;
    assert_eq!(
        scan(ImageType::Jpeg, &plain, 16 * 1024),
        Scanned { has_position: false, reads: 5, read: size }
    );
    let second = [&plain[..], &photo("exif-gps.jpg")].concat();
    assert!(has_position(ImageType::Jpeg, &second));
    let behind = with(&plain, plain.len() - 2, &segment(0xE1, &gps_block()));
    assert!(has_position(ImageType::Jpeg, &behind));
}

#[test]
fn long_chunks_are_jumped_over() {
    let content = vec![0xFF; 5 * 1024 * 1024];
    let png = photo("plain.png");
    let end = png.len() - 12;
    let long = [chunk(*b"IDAT", &content), chunk(*b"eXIf", &gps_block())].concat();
    let long_text = [&b"Comment\0"[..], &content].concat();
    let text = [chunk(*b"tEXt", &long_text), chunk(*b"zTXt", &long_text), long.clone()].concat();
    for inserted in [long, text] {
        let scanned = scan(ImageType::Png, &with(&png, end, &inserted), 16 * 1024);
        assert!(scanned.has_position);
        assert!(scanned.reads <= 4 && scanned.read <= 4 * 64 * 1024, "{scanned:?}");
    }
    let webp = photo("exif.webp");
    let mut long = b"VP8 \0\0\x50\0".to_vec();
    long.extend([&content[..], b"EXIF", &[40 + 8, 0, 0, 0], &gps_block()].concat());
    let scanned = scan(ImageType::Webp, &[webp, long].concat(), 16 * 1024);
    assert!(scanned.has_position && scanned.reads == 2, "{scanned:?}");
    let heic = photo("exif-gps-at-the-end.heic");
    let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    let last = [&size[..], b"free", &content, &heic[..]].concat();
    let scanned = scan(ImageType::Heic, &with(&last, 0, &heic[..32]), 16 * 1024);
    assert!(scanned.reads <= 3, "{scanned:?}");
}

#[test]
fn many_short_chunks_are_read_through() {
    let data = chunk(*b"IDAT", &[0; 8192]).repeat(1270);
    let png = photo("plain.png");
    let file = with(&png, png.len() - 12, &data);
    let scanned = scan(ImageType::Png, &file, 16 * 1024);
    assert!(!scanned.has_position && scanned.reads == 5, "{scanned:?}");
    let file = with(&file, file.len() - 12, &chunk(*b"eXIf", &gps_block()));
    assert!(has_position(ImageType::Png, &file));
}

#[test]
fn chunks_of_any_length_take_a_bounded_number_of_reads() {
    let png = photo("plain.png");
    for length in [1_000, 60_000, 70_000, 300_000, 1_000_000, 1_100_000, 3_000_000] {
        let data = chunk(*b"IDAT", &vec![0; length]).repeat(10_400_000 / length);
        let scanned = scan(ImageType::Png, &with(&png, png.len() - 12, &data), 16 * 1024);
        assert!(!scanned.has_position && scanned.reads <= 16, "{length}: {scanned:?}");
    }
}

fn compressed(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_too_large_to_be_looked_through_counts_as_a_position() {
    let png = photo("plain.png");
    let end = png.len() - 12;
    let too_large = usize::try_from(MAX_METADATA).unwrap() + 1;
    let block = chunk(*b"eXIf", &vec![0; too_large]);
    let scanned = scan(ImageType::Png, &with(&png, end, &block), 16 * 1024);
    assert!(scanned.has_position && scanned.reads == 1, "{scanned:?}");
    let packet = |length| {
        let head = &b"XML:com.adobe.xmp\0\x01\0\0\0"[..];
        chunk(*b"iTXt", &[head, &compressed(&vec![b' '; length])].concat())
    };
    assert!(!has_position(ImageType::Png, &with(&png, end, &packet(too_large - 1))));
    assert!(has_position(ImageType::Png, &with(&png, end, &packet(too_large))));
    // Together they are too large as well: each inflates to a thousand times its size.
    assert!(has_position(ImageType::Png, &with(&png, end, &packet(too_large / 40).repeat(41))));
    let part = [&b"http://ns.adobe.com/xmp/extension/\0"[..], &[b'a'; 32], &[0xFF; 8]].concat();
    let jpeg = photo("plain.jpg");
    assert!(has_position(ImageType::Jpeg, &with(&jpeg, 2, &segment(0xE1, &part))));
}

#[test]
fn directories_that_overlap_count_as_a_position() {
    // Each entry points to a directory that begins with the next one.
    let entry = |at: u32| [&b"\x87\x69\0\x04\0\0\0\x01"[..], &(at + 12).to_be_bytes()].concat();
    let entries: Vec<u8> = (0..60).flat_map(|number| entry(10 + 12 * number)).collect();
    let tiff = [b"MM\0*\0\0\0\x08\xFF\xFF", &entries[..]].concat();
    let block = |tiff: &[u8]| segment(0xE1, &[b"Exif\0\0", tiff].concat());
    let jpeg = photo("plain.jpg");
    assert!(has_position(ImageType::Jpeg, &with(&jpeg, 2, &block(&tiff))));
    let once = [b"MM\0*\0\0\0\x08\0\x01", &entry(0)[..8], &[0, 0, 0, 8]].concat();
    assert!(!has_position(ImageType::Jpeg, &with(&jpeg, 2, &block(&once))));
}

#[test]
fn files_made_of_nothing_but_heads_are_not_read_to_their_end() {
    for (format, start, head) in [
        (ImageType::Jpeg, &b"\xFF\xD8"[..], &b"\xFF\xE2\0\x02"[..]),
        (ImageType::Png, b"\x89PNG\r\n\x1A\n", b"\0\0\0\0IDAT\0\0\0\0"),
        (ImageType::Webp, b"RIFF\0\0\0\0WEBP", b"ABCD\0\0\0\0"),
        (ImageType::Heic, b"\0\0\0\x10ftypheic\0\0\0\0", b"\0\0\0\x08free"),
    ] {
        let file = [start, &head.repeat(200_000)].concat();
        let scanned = scan(format, &file, 1_000);
        assert!(scanned.has_position && scanned.reads <= 3, "{format:?} {scanned:?}");
        assert!(scanned.read < file.len() as u64, "{format:?} {scanned:?}");
    }
}
