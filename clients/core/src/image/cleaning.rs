//! Images that tell where they were taken, and what is left of them.

use super::{clean, exif, heic, jpeg, png, webp};

/// A place, as metadata of any kind may hold it.
const PLACE: &[u8] = b"exif:GPSLatitude=52,31N";

fn tells(image: &[u8]) -> bool {
    image.windows(PLACE.len()).any(|window| window == PLACE)
}

/// EXIF that tells an orientation and, behind it, a place.
fn tiff() -> Vec<u8> {
    [&exif::tiff(6), PLACE].concat()
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], payload].concat()
}

#[test]
fn a_jpeg_keeps_its_picture_and_its_orientation() {
    let scan = b"\x12\xFF\x00\x34\xFF\xD0\x56";
    let picture = [
        segment(0xE0, b"JFIF\0\x01\x02"),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01"),
        segment(0xEE, b"Adobe\0"),
        segment(0xDB, b"tables"),
        segment(0xDA, b"scan"),
        scan.to_vec(),
        segment(0xC4, b"between scans"),
        segment(0xDA, b"scan"),
        scan.to_vec(),
    ]
    .concat();
    let metadata = [
        segment(0xE1, &[b"Exif\0\0", &tiff()[..]].concat()),
        segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", PLACE].concat()),
        segment(0xE1, &[b"Exif\0\0", PLACE].concat()),
        segment(0xED, PLACE),
        segment(0xE2, &[b"MPF\0", PLACE].concat()),
        segment(0xFE, PLACE),
    ]
    .concat();
    let image = [b"\xFF\xD8", &metadata[..], &picture, b"\xFF\xD9", b"a film: ", PLACE].concat();
    let left = jpeg::clean(&image).unwrap();
    let turned = segment(0xE1, &[b"Exif\0\0", &exif::tiff(6)[..]].concat());
    assert_eq!(left, [b"\xFF\xD8", &turned[..], &picture, b"\xFF\xD9"].concat());
    assert_eq!(jpeg::clean(&left).unwrap(), left, "clean is clean");
}

#[test]
fn a_jpeg_that_is_cut_off_is_sent_if_there_is_something_to_see() {
    let scan = [b"\xFF\xD8", &segment(0xDA, b"scan")[..], b"\x12\x34"].concat();
    assert_eq!(jpeg::clean(&scan).unwrap(), scan);
    for damaged in [&b"\xFF\xD8\xFF"[..], b"\xFF\xD8\xFF\xE1\x20\0Exif", b"\xFF\xD8\xFF\xE1"] {
        assert!(clean(damaged).is_err());
    }
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &kind, data, b"-crc"].concat()
}

#[test]
fn a_png_keeps_its_picture_and_its_orientation() {
    let signature = b"\x89PNG\r\n\x1A\n";
    let [header, picture, end] =
        [chunk(*b"IHDR", b"13 bytes here"), chunk(*b"IDAT", b"data"), chunk(*b"IEND", b"")];
    let metadata = [
        chunk(*b"eXIf", &tiff()),
        chunk(*b"iTXt", PLACE),
        chunk(*b"zTXt", PLACE),
        chunk(*b"tIME", PLACE),
    ];
    let image = [
        signature,
        &header[..],
        &metadata.concat(),
        &chunk(*b"iCCP", b"profile"),
        &picture,
        &chunk(*b"tEXt", PLACE),
        &end,
        PLACE,
    ]
    .concat();
    let left = png::clean(&image).unwrap();
    assert!(!tells(&left));
    assert!(left.starts_with(&[signature, &header[..]].concat()));
    assert!(left.ends_with(&[&chunk(*b"iCCP", b"profile")[..], &picture, &end].concat()));
    let turned = left.windows(4).position(|window| window == b"eXIf").unwrap();
    assert_eq!(exif::orientation(&left[turned + 4..]), Some(6));
    assert!(png::clean(&image[..image.len() - PLACE.len() - 1]).is_none(), "cut off");
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in chunks {
        body.extend(*kind);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(*data);
        body.extend(vec![0; data.len() % 2]);
    }
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

#[test]
fn a_webp_keeps_its_picture_and_its_orientation() {
    let image = riff(&[
        (b"VP8X", b"\x2C\0\0\0\x01\0\0\x01\0\0"),
        (b"ICCP", b"profile"),
        (b"VP8 ", b"odd"),
        (b"EXIF", &tiff()),
        (b"XMP ", PLACE),
        (b"mine", PLACE),
    ]);
    let left = webp::clean(&[&image[..], PLACE].concat()).unwrap();
    let expected = riff(&[
        (b"VP8X", b"\x28\0\0\0\x01\0\0\x01\0\0"),
        (b"ICCP", b"profile"),
        (b"VP8 ", b"odd"),
        (b"EXIF", &exif::tiff(6)),
    ]);
    assert_eq!(left, expected);
    assert!(webp::clean(&image[..image.len() - 2]).is_none(), "cut off");
}

fn atom(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    [&u32::try_from(data.len() + 8).unwrap().to_be_bytes()[..], &kind, data].concat()
}

/// An item's entry in `iinf`.
fn item(id: u8, kind: [u8; 4]) -> Vec<u8> {
    atom(*b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], &kind[..], b"\0"].concat())
}

/// An item's entry in `iloc`, version 1: by the place in the file (0) or in `idat` (1).
fn located(id: u8, method: u8, offset: usize, length: usize) -> Vec<u8> {
    let numbers = [offset, length].map(|number| u32::try_from(number).unwrap().to_be_bytes());
    [&[0, id, 0, method, 0, 0, 0, 1][..], &numbers.concat()].concat()
}

/// A HEIC with a picture and EXIF in `mdat`, XMP in `idat`, and boxes that tell a place besides.
fn heic_image() -> Vec<u8> {
    let exif = [&b"\0\0\0\0"[..], &tiff()].concat();
    let start = atom(*b"ftyp", b"heic\0\0\0\0mif1heic");
    let build = |mdat: usize| {
        let items = [item(1, *b"hvc1"), item(2, *b"Exif"), item(3, *b"mime")].concat();
        let places = [
            located(1, 0, mdat, 7),
            located(2, 0, mdat + 7, exif.len()),
            located(3, 1, 0, PLACE.len()),
        ]
        .concat();
        let meta = [
            atom(*b"hdlr", b"\0\0\0\0\0\0\0\0pict"),
            atom(*b"iinf", &[&[0, 0, 0, 0, 0, 3], &items[..]].concat()),
            atom(*b"iloc", &[&[1, 0, 0, 0, 0x44, 0, 0, 3], &places[..]].concat()),
            atom(*b"idat", PLACE),
            atom(*b"uuid", PLACE),
        ]
        .concat();
        atom(*b"meta", &[&[0; 4], &meta[..]].concat())
    };
    let mdat = start.len() + build(0).len() + 8;
    let data = atom(*b"mdat", &[&b"picture"[..], &exif].concat());
    [start, build(mdat), data, atom(*b"uuid", PLACE), atom(*b"free", PLACE)].concat()
}

#[test]
fn a_heic_keeps_its_picture_in_its_place() {
    let image = heic_image();
    let left = heic::clean(&image).unwrap();
    assert!(tells(&image) && !tells(&left));
    assert_eq!(left.len(), image.len());
    let picture = |image: &[u8]| image.windows(7).position(|window| window == b"picture");
    assert_eq!(picture(&left), picture(&image));
    assert_eq!(heic::clean(&left).unwrap(), left, "clean is clean");
}

#[test]
fn nothing_that_is_damaged_brings_the_app_down() {
    let images = [
        [b"\xFF\xD8", &segment(0xE1, &tiff())[..], &segment(0xDA, b"s"), b"\x12\xFF\xD9"].concat(),
        [b"\x89PNG\r\n\x1A\n", &chunk(*b"IHDR", b"h")[..], &chunk(*b"eXIf", &tiff())].concat(),
        riff(&[(b"VP8X", b"\x2C\0\0\0\x01\0\0\x01\0\0"), (b"EXIF", &tiff())]),
        heic_image(),
    ];
    for image in images {
        for at in 0..image.len() {
            let _ = clean(&image[..at]);
            for byte in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut damaged = image.clone();
                damaged[at] = byte;
                let _ = clean(&damaged);
            }
        }
    }
}
