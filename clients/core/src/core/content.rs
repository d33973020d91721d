//! What may be sent, as far as it can be told before it is.

use crate::{blank::is_blank, error::ChatError, image, store::CleanImage};
use std::sync::Arc;

/// The longest text, in bytes.
const MAX_CONTENT: usize = 8_192;

/// What is kept of images, with their content types.
pub(super) fn cleaned(images: &[Arc<[u8]>]) -> Result<Vec<CleanImage>, ChatError> {
    image::check(images)?;
    let clean =
        |image: &Arc<[u8]>| image::clean(image).map(|(kind, image)| (kind.content_type(), image));
    images.iter().map(clean).collect()
}

/// What the service would refuse, as far as it is easily told.
pub(super) fn check(content: &str, is_all: bool) -> Result<(), ChatError> {
    if content.len() > MAX_CONTENT {
        return Err(ChatError::invalid("a text has at most 8192 bytes"));
    }
    if content.contains('\0') {
        return Err(ChatError::invalid("a text has no NUL"));
    }
    if is_all && is_blank(content) {
        return Err(ChatError::invalid("there is nothing to send"));
    }
    Ok(())
}
