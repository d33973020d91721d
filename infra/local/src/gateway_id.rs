//! Ids as API Gateway makes them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use rand::Rng;

/// The id of a request or a connection: 16 characters, the last one `=`.
pub(crate) fn new_id() -> String {
    let mut bytes = [0_u8; 11];
    rand::rng().fill(&mut bytes);
    URL_SAFE.encode(bytes)
}
