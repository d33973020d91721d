//! Keeping a list's answer within what Lambda carries.

use crate::error::{Cause, Error};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The longest list, in bytes of the answer's JSON. Lambda carries 6 MB, headers included.
const LONGEST: usize = 5_500_000;

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its beginning.
    First,
    /// Its end.
    Last,
}

/// A list that fits an answer, written already.
#[derive(Debug, Default)]
pub struct Fitting {
    items: Vec<Box<RawValue>>,
    /// What they take.
    size: usize,
    /// How many were left out at the beginning.
    pub left_out_first: usize,
    /// How many were left out at the end.
    pub left_out_last: usize,
}

impl Fitting {
    /// Adds an item at the end, if it fits. The first always does.
    ///
    /// # Errors
    /// [`Error::Internal`] for an item that cannot be JSON.
    pub fn add<T: Serialize>(&mut self, item: &T) -> Result<bool, Error> {
        let item = write(item)?;
        let size = self.size + size(&item);
        let fits = size <= LONGEST || self.items.is_empty();
        if fits {
            self.items.push(item);
            self.size = size;
        }
        Ok(fits)
    }

    /// The items that are left, as positions in the list that was given.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<usize> {
        self.left_out_first..self.left_out_first + self.items.len()
    }
}

impl Serialize for Fitting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

/// Leaves out items at one end or the other until the rest fits an answer. `drop_from` chooses the end,
/// given the positions of the first and the last item that are still there.
///
/// It nearly always does fit: a hundred messages would have to be made of control characters, or of
/// nothing but images.
///
/// # Errors
/// [`Error::Internal`] for an item that cannot be JSON.
pub fn fit<T: Serialize>(
    items: &[T],
    drop_from: impl Fn(usize, usize) -> End,
) -> Result<Fitting, Error> {
    let mut items = items.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    let (mut first, mut last) = (0, items.len());
    let mut total: usize = items.iter().map(|item| size(item)).sum();
    while total > LONGEST && first < last {
        match drop_from(first, last - 1) {
            End::First => {
                total -= size(&items[first]);
                first += 1;
            }
            End::Last => {
                last -= 1;
                total -= size(&items[last]);
            }
        }
    }
    let left_out_last = items.len() - last;
    items.truncate(last);
    items.drain(..first);
    Ok(Fitting { items, size: total, left_out_first: first, left_out_last })
}

fn write<T: Serialize>(item: &T) -> Result<Box<RawValue>, Error> {
    let unwritable = |_| Error::Internal(Cause::new("an answer cannot be written"));
    serde_json::value::to_raw_value(item).map_err(unwritable)
}

/// What an item takes: the answer is JSON text within JSON, where quotes and backslashes are escaped
/// once more.
fn size(item: &RawValue) -> usize {
    let text = item.get();
    text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_left_as_it_is() {
        let fitting = fit(&["a", "b"], |_, _| End::First).unwrap();
        assert_eq!(fitting.range(), 0..2);
        assert_eq!(serde_json::to_string(&fitting).unwrap(), r#"["a","b"]"#);
    }

    #[test]
    fn items_are_added_until_one_does_not_fit() {
        let large = "\u{1}".repeat(LONGEST / 7 / 4);
        let mut list = Fitting::default();
        assert_eq!([(); 5].map(|()| list.add(&large).unwrap()), [true, true, true, false, false]);
        assert!(list.add(&"small").unwrap());
        assert!(Fitting::default().add(&large.repeat(5)).unwrap(), "the first always fits");
    }

    #[test]
    fn what_does_not_fit_is_left_out_at_the_end_that_is_chosen() {
        // A control character takes six bytes of JSON, and its backslash one more in the answer.
        let items = vec!["\u{1}".repeat(LONGEST / 7 / 4); 6];
        assert_eq!(fit(&items, |_, _| End::First).unwrap().range(), 3..6);
        assert_eq!(fit(&items, |_, _| End::Last).unwrap().range(), 0..3);
        let nearest_to_two =
            |first, last| if 2 - first > last - 2 { End::First } else { End::Last };
        assert_eq!(fit(&items, nearest_to_two).unwrap().range(), 1..4);
    }
}
