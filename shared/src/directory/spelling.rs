//! E-mail addresses in any letter case, where the column's collation tells the cases apart.
//!
//! An index that is sorted by code finds exact spellings only, and an address of 20 letters has a
//! million of them. But few exist: the search asks for the first stored address from the first
//! spelling on, then for the first one from the next spelling after that, and so on. Each question is
//! one look into the index, and each answer skips every spelling up to it.

/// The first spelling of all: upper case sorts before lower case.
pub(super) fn first(address: &str) -> String {
    address.to_ascii_uppercase()
}

/// The first spelling of `address`, which is ASCII, that sorts after a stored one, if there is any.
pub(super) fn after(stored: &str, address: &str) -> Option<String> {
    let (stored, address) = (stored.as_bytes(), address.as_bytes());
    let agrees = |(letter, stored): &(&u8, &u8)| letter.eq_ignore_ascii_case(stored);
    let common = address.iter().zip(stored).take_while(agrees).count();
    if common == stored.len() && common < address.len() {
        return spelled(stored, address, &[]);
    }
    // The one that shares most with the stored one comes first.
    (0..=common).rev().find_map(|position| {
        let (letter, floor) = (address.get(position)?, stored.get(position)?);
        let cases = [letter.to_ascii_uppercase(), letter.to_ascii_lowercase()];
        let next = cases.into_iter().find(|case| case > floor)?;
        spelled(&stored[..position], address, &[next])
    })
}

/// What begins with these letters and goes on as early in the order as it can.
fn spelled(begin: &[u8], address: &[u8], next: &[u8]) -> Option<String> {
    let mut spelling = [begin, next].concat();
    let rest = address.get(spelling.len()..)?;
    spelling.extend(rest.iter().map(u8::to_ascii_uppercase));
    String::from_utf8(spelling).ok()
}

/// Bounds between which every spelling lies, in any collation that compares letter by letter.
///
/// Only letters whose other case leads back to them vary, as a character set has both or neither
/// of those.
pub(super) fn bounds(address: &str) -> (String, String) {
    let lower = |letter: char| single(letter.to_lowercase()).unwrap_or(letter);
    let upper = |letter: char| {
        let upper = single(letter.to_uppercase()).filter(|&upper| lower(upper) == letter);
        upper.unwrap_or(letter)
    };
    (
        address.chars().map(|letter| upper(lower(letter))).collect(),
        address.chars().map(lower).collect(),
    )
}

fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let letter = letters.next()?;
    letters.next().is_none().then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spellings(address: &str) -> Vec<String> {
        let mut spellings = vec![String::new()];
        for letter in address.chars() {
            let cases = [letter.to_ascii_uppercase(), letter.to_ascii_lowercase()];
            spellings = spellings
                .iter()
                .flat_map(|begin| cases.map(|case| format!("{begin}{case}")))
                .collect();
        }
        spellings.sort();
        spellings.dedup();
        spellings
    }

    #[test]
    fn the_next_spelling_is_the_first_that_sorts_after() {
        let address = "a1@B.c";
        let all = spellings(address);
        let mut stored = all.clone();
        for spelling in &all {
            for end in 0..=spelling.len() {
                for more in ["", " ", "0", "M", "m", "~", "\u{e9}", "zz"] {
                    stored.push(format!("{}{more}", &spelling[..end]));
                    stored.push(format!("{}{more}{}", &spelling[..end], &spelling[end..]));
                }
            }
        }
        for stored in stored {
            let expected = all.iter().find(|spelling| **spelling > stored);
            assert_eq!(after(&stored, address).as_ref(), expected, "after {stored}");
        }
    }

    #[test]
    fn a_search_sees_every_spelling_and_little_else() {
        let others = (0..100_000).map(|number| format!("dentist{number}@example.test"));
        let mine =
            ["Dentist777@Example.test", "dentist777@EXAMPLE.test", "dentist777@example.test"];
        let mut index: Vec<String> = others.chain(mine.map(str::to_owned)).collect();
        index.sort();
        let (mut found, mut looks) = (Vec::new(), 0);
        let mut from = Some(first("dentist777@example.test"));
        while let Some(spelling) = from {
            looks += 1;
            let at = index.partition_point(|stored| *stored < spelling);
            let Some(stored) = index.get(at) else { break };
            if stored.eq_ignore_ascii_case(&spelling) {
                found.push(stored.as_str());
            }
            from = after(stored, "dentist777@example.test");
        }
        found.dedup();
        assert_eq!(found, mine);
        assert!(looks < 20, "{looks}");
    }

    #[test]
    fn bounds_hold_what_a_character_set_holds() {
        assert_eq!(bounds("Ren\u{e9}@x"), ("REN\u{c9}@X".to_owned(), "ren\u{e9}@x".to_owned()));
        // The micro sign's upper case is a Greek letter, which Western character sets lack.
        assert_eq!(bounds("\u{b5}\u{df}"), ("\u{b5}\u{df}".to_owned(), "\u{b5}\u{df}".to_owned()));
    }
}
