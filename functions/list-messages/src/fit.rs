//! Keeping an answer within what Lambda carries.

use chat::{
    message::Message,
    store::messages::{Cursor, Page},
};

/// The longest answer, in bytes. Lambda carries 6 MB, headers included.
const LONGEST: usize = 5_500_000;

/// Leaves out messages at the end of the page that is farthest from its cursor until the answer fits.
/// It nearly always does: a hundred messages would have to be made of control characters, or of
/// nothing but images.
pub(crate) fn fit(page: &mut Page, cursor: Cursor) {
    if page.messages.iter().map(most).sum::<usize>() <= LONGEST {
        return;
    }
    let (mut first, mut last) = (0, page.messages.len());
    let mut total: usize = page.messages.iter().map(size).sum();
    while total > LONGEST && first < last {
        let (oldest, newest) = (&page.messages[first], &page.messages[last - 1]);
        let drops_newest = match cursor {
            Cursor::After(_) => true,
            Cursor::Newest | Cursor::Before(_) => false,
            Cursor::Around(seq) => newest.seq - seq > seq - oldest.seq,
        };
        if drops_newest {
            total -= size(newest);
            last -= 1;
            page.has_more_after = true;
        } else {
            total -= size(oldest);
            first += 1;
            page.has_more_before = true;
        }
    }
    page.messages.truncate(last);
    page.messages.drain(..first);
}

/// More than a message can take, without looking at its text.
fn most(message: &Message) -> usize {
    let images: usize =
        message.images.iter().map(|image| 4 * image.key.len() + image.url.len()).sum();
    1_000 + 7 * message.content.len() + images
}

/// What a message takes: the answer is JSON text within JSON, where quotes and backslashes are escaped
/// once more.
fn size(message: &Message) -> usize {
    let text = serde_json::to_string(message).unwrap_or_default();
    text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count() + 1
}
