//! Text in which nothing shows.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        BinaryProperty, DefaultIgnorableCodePoint, GeneralCategory, PrependedConcatenationMark,
        WhiteSpace,
    },
};

/// A Braille pattern without dots: a symbol to Unicode, a space to readers.
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether nothing of the text shows: it is empty, or all of it is white space, ignorable by default
/// (fillers, joiners, variation selectors, tags), a control or format character, or Braille's blank.
/// Which characters those are, Unicode's properties say.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(shows_nothing)
}

fn shows_nothing(character: char) -> bool {
    // Most texts begin with a letter or a digit, and need no table.
    if character.is_ascii_graphic() {
        return false;
    }
    character == BRAILLE_BLANK
        || is::<WhiteSpace>(character)
        || is::<DefaultIgnorableCodePoint>(character)
        || match CodePointMapData::<GeneralCategory>::new().get(character) {
            GeneralCategory::Control => true,
            // Signs written before numbers are formats of what follows, and are drawn.
            GeneralCategory::Format => !is::<PrependedConcatenationMark>(character),
            _ => false,
        }
}

fn is<P: BinaryProperty>(character: char) -> bool {
    CodePointSetData::new::<P>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        text: String,
        blank: bool,
    }

    #[test]
    fn text_is_blank_when_nothing_of_it_shows() {
        let vectors = include_str!("../../vectors/blank.json");
        let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.iter().any(|vector| vector.blank));
        for Vector { name, text, blank } in vectors {
            assert_eq!(is_blank(&text), blank, "{name}");
        }
    }
}
