//! XMP: RDF in XML, of which only the names matter here.
//!
//! Names are looked for in tags alone, not in text, comments or values. Prefixes are taken as bound
//! in the whole packet, which finds at least what an XML parser would find; what is no XML any more
//! is looked through all the same, where a parser would give up.

use memchr::{memchr, memmem};
use std::{borrow::Cow, collections::BTreeSet};

/// EXIF's properties (XMP specification, part 2, section 3.3).
const EXIF: &[u8] = b"http://ns.adobe.com/exif/1.0/";
/// There is one, usually. More are no names, but noise, and count as a position.
const MAX_PREFIXES: usize = 64;

/// Whether a packet has a property `exif:GPS…`, as an element or an attribute, whatever the prefix.
pub(super) fn has_position(packet: &[u8]) -> bool {
    let text = utf8(packet);
    let mut names = Names::default();
    let mut rest: &[u8] = &text;
    while let Some(open) = memchr(b'<', rest).filter(|_| !names.are_too_many()) {
        rest = match &rest[open + 1..] {
            tag if tag.starts_with(b"!--") => after(b"-->", tag),
            tag if tag.starts_with(b"![CDATA[") => after(b"]]>", tag),
            tag if tag.starts_with(b"?") => after(b"?>", tag),
            tag if tag.starts_with(b"!") || tag.starts_with(b"/") => after(b">", tag),
            tag => names.note_all(tag),
        };
    }
    names.are_too_many() || !names.exif.is_disjoint(&names.gps)
}

#[derive(Default)]
struct Names<'a> {
    /// Prefixes bound to EXIF's namespace; the empty one is the default.
    exif: BTreeSet<&'a [u8]>,
    /// Prefixes of names that begin with `GPS`.
    gps: BTreeSet<&'a [u8]>,
}

impl<'a> Names<'a> {
    fn are_too_many(&self) -> bool {
        self.exif.len() > MAX_PREFIXES || self.gps.len() > MAX_PREFIXES
    }

    /// Notes the names of a start tag and gives back what follows it.
    fn note_all(&mut self, tag: &'a [u8]) -> &'a [u8] {
        let (element, mut rest) = name(tag);
        self.note(element, true);
        loop {
            rest = rest.trim_ascii_start();
            match rest {
                [b'/' | b'=' | b'"' | b'\'', after @ ..] => rest = after,
                [] | [b'>' | b'<', ..] => return rest,
                _ => {
                    let (attribute, after) = name(rest);
                    let (value, after) = value(after);
                    self.note(attribute, false);
                    self.bind(attribute, value);
                    rest = after;
                }
            }
        }
    }

    fn note(&mut self, name: &'a [u8], is_element: bool) {
        let (prefix, local) = match memchr(b':', name) {
            Some(colon) => (&name[..colon], &name[colon + 1..]),
            // Attributes without a prefix are in no namespace.
            None if is_element => (&name[..0], name),
            None => return,
        };
        if local.starts_with(b"GPS") {
            self.gps.insert(prefix);
        }
    }

    fn bind(&mut self, attribute: &'a [u8], value: &[u8]) {
        let prefix = match attribute.strip_prefix(b"xmlns") {
            Some([]) => &attribute[..0],
            Some([b':', prefix @ ..]) => prefix,
            _ => return,
        };
        // With a reference in it, it may be any.
        if value.trim_ascii() == EXIF || value.contains(&b'&') {
            self.exif.insert(prefix);
        }
    }
}

/// A name, and what follows it.
fn name(text: &[u8]) -> (&[u8], &[u8]) {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"/=<>\"'".contains(byte);
    text.split_at(text.iter().position(is_end).unwrap_or(text.len()))
}

/// The value that follows an attribute's name, if one does, and what follows that.
fn value(text: &[u8]) -> (&[u8], &[u8]) {
    match text.trim_ascii_start() {
        [b'=', after @ ..] => match after.trim_ascii_start() {
            [quote @ (b'"' | b'\''), after @ ..] => {
                let end = memchr(*quote, after).unwrap_or(after.len());
                (&after[..end], after.get(end + 1..).unwrap_or_default())
            }
            after => (&[], after),
        },
        after => (&[], after),
    }
}

fn after<'a>(end: &[u8], text: &'a [u8]) -> &'a [u8] {
    memmem::find(text, end).map_or(&[], |at| &text[at + end.len()..])
}

/// The packet in UTF-8. As with all XML, its first bytes tell its encoding (XML 1.0, appendix F).
fn utf8(packet: &[u8]) -> Cow<'_, [u8]> {
    match packet {
        [0, 0, ..] => from_utf32(packet, u32::from_be_bytes).into(),
        [0xFF, 0xFE, 0, 0, ..] | [_, 0, 0, 0, ..] => from_utf32(packet, u32::from_le_bytes).into(),
        [0xFE, 0xFF, ..] | [0, _, ..] => from_utf16(packet, u16::from_be_bytes).into(),
        [0xFF, 0xFE, ..] | [_, 0, ..] => from_utf16(packet, u16::from_le_bytes).into(),
        _ => packet.into(),
    }
}

fn from_utf16(packet: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = packet.as_chunks().0.iter().map(|bytes| unit(*bytes));
    let text: String = char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    text.into_bytes()
}

fn from_utf32(packet: &[u8], unit: fn([u8; 4]) -> u32) -> Vec<u8> {
    let units = packet.as_chunks().0.iter().map(|bytes| unit(*bytes));
    let text: String =
        units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::has_position;

    fn packet(inside: &str) -> String {
        format!("<x:xmpmeta xmlns:x='adobe:ns:meta/'>{inside}</x:xmpmeta>")
    }

    const BOUND: &str = "xmlns:exif='http://ns.adobe.com/exif/1.0/'";

    #[test]
    fn properties_are_found_however_xml_writes_them() {
        for inside in [
            format!("<rdf:Description {BOUND} exif:GPSLatitude='52,31N'/>"),
            format!("<rdf:Description exif:GPSLatitude='52,31N' {BOUND}/>"),
            format!("<d {BOUND}><exif:GPSLatitude>52,31N</exif:GPSLatitude></d>"),
            format!("<d\n\t{BOUND}\n><exif:GPSAltitude\n>1</exif:GPSAltitude></d>"),
            format!("<d {BOUND} a='>' b=\"'\" exif:GPSVersionID = \"2\"/>"),
            "<e:GPSStatus xmlns:e=\"http://ns.adobe.com/exif/1.0/\"/>".to_owned(),
            "<GPSStatus xmlns = 'http://ns.adobe.com/exif/1.0/'/>".to_owned(),
            "<e:GPSStatus xmlns:e='http://ns.adobe.com/exif&#x2F;1.0/'/>".to_owned(),
            format!("<!-- <a b='--><![CDATA[<a b=']]><?a b='?><d {BOUND} exif:GPSLatitude=''/>"),
        ] {
            assert!(has_position(packet(&inside).as_bytes()), "{inside}");
        }
    }

    #[test]
    fn what_only_looks_like_a_property_is_none() {
        for inside in [
            format!("<d {BOUND} exif:Flash='exif:GPSLatitude'>exif:GPSLatitude</d>"),
            format!("<d {BOUND}/><!-- <exif:GPSLatitude> -->"),
            format!("<d {BOUND}/><![CDATA[<exif:GPSLatitude>]]>"),
            format!("<d {BOUND}/><?php <exif:GPSLatitude> ?>"),
            format!("<d {BOUND} a='<exif:GPSLatitude>'/>"),
            format!("<d {BOUND} dc:GPSLatitude='1' GPSLatitude='1'/><GPSLatitude/>"),
            format!("<d {BOUND} exif:gpsLatitude='1' exif:NotGPS='1'/>"),
            "<exif:GPSLatitude xmlns:exif='http://example.org/exif/'/>".to_owned(),
        ] {
            assert!(!has_position(packet(&inside).as_bytes()), "{inside}");
        }
    }

    #[test]
    fn every_encoding_of_xml_is_read() {
        let text = packet(&format!("<d {BOUND} dc:title='Zähne 牙 🦷' exif:GPSLatitude='1'/>"));
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}{text}");
            let wide: Vec<u16> = text.encode_utf16().collect();
            let utf16 = |bytes: fn(u16) -> [u8; 2]| {
                wide.iter().flat_map(|unit| bytes(*unit)).collect::<Vec<u8>>()
            };
            let utf32 = |bytes: fn(u32) -> [u8; 4]| {
                text.chars().flat_map(|unit| bytes(unit.into())).collect::<Vec<u8>>()
            };
            assert!(has_position(text.as_bytes()));
            assert!(has_position(&utf16(u16::to_be_bytes)));
            assert!(has_position(&utf16(u16::to_le_bytes)));
            assert!(has_position(&utf32(u32::to_be_bytes)));
            assert!(has_position(&utf32(u32::to_le_bytes)));
        }
    }
}
