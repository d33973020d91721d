//! The canonical request of Signature Version 4, made again from the request that arrived.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::received::Received;

/// All but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ESCAPED_IN_PATHS: &AsciiSet = &ESCAPED.remove(b'/');

/// The query parameter that holds the signature itself.
const SIGNATURE: &str = "X-Amz-Signature";

/// The canonical request over these signed headers.
pub(super) fn request(received: &Received<'_>, signed_headers: &[&str]) -> String {
    let mut headers = String::new();
    for name in signed_headers {
        headers.extend([*name, ":", &header(received, name), "\n"]);
    }
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        received.method,
        // Every service but S3 escapes the path once more, as it was sent.
        utf8_percent_encode(received.uri.path(), ESCAPED_IN_PATHS),
        query(received.uri.query().unwrap_or_default()),
        signed_headers.join(";"),
        hex(&Sha256::digest(received.body)),
    )
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// All values of a header, trimmed, with one space for any number of them.
fn header(received: &Received<'_>, name: &str) -> String {
    let values = received.headers.get_all(name).iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let values = values.map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "));
    values.collect::<Vec<_>>().join(",")
}

/// The parameters in order, escaped anew.
fn query(query: &str) -> String {
    let escaped = |text: &str| {
        let text = percent_decode_str(text).collect::<Vec<u8>>();
        percent_encoding::percent_encode(&text, ESCAPED).to_string()
    };
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<_> = parameters
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .filter(|(name, _)| *name != SIGNATURE)
        .map(|(name, value)| (escaped(name), escaped(value)))
        .collect();
    parameters.sort();
    let parameters = parameters.iter().map(|(name, value)| format!("{name}={value}"));
    parameters.collect::<Vec<_>>().join("&")
}
