//! Talking to MySQL: how to connect, how values are written, what of an error may be logged.

use crate::{config::Secret, error::Cause};
use mysql_async::{Opts, OptsBuilder, SslOpts};
use std::fmt::Write as _;

/// No socket file, no server-side statements, and no questions that the driver would ask first.
/// Anywhere but on this machine, TLS is required, unless the URL says `require_ssl=false`.
pub(super) fn options(url: &Secret) -> Result<Opts, Cause> {
    let options = Opts::from_url(url.expose())
        .map_err(|_| Cause::new("environment variable JARVIS_URL is not a MySQL URL"))?;
    let is_loopback = ["127.0.0.1", "::1", "localhost"].contains(&options.ip_or_hostname());
    let is_decided = url.expose().contains("require_ssl=");
    let ssl = options.ssl_opts().cloned();
    let ssl = ssl.or_else(|| (!is_loopback && !is_decided).then(SslOpts::default));
    let options = OptsBuilder::from_opts(options)
        .ssl_opts(ssl)
        .prefer_socket(false)
        .stmt_cache_size(0)
        .max_allowed_packet(Some(16 * 1024 * 1024))
        .wait_timeout(Some(28_800));
    Ok(options.into())
}

/// The driver's own text may quote the statement, so only codes are kept.
pub(super) fn cause(error: &mysql_async::Error) -> Cause {
    Cause::new(match error {
        mysql_async::Error::Server(server) => {
            format!("Jarvis answered error {} ({})", server.code, server.state)
        }
        mysql_async::Error::Io(_) => "the connection to Jarvis failed".to_owned(),
        mysql_async::Error::Driver(_) => "the driver gave up on Jarvis".to_owned(),
        _ => "Jarvis cannot be used as configured".to_owned(),
    })
}

/// A text literal that no SQL mode can read otherwise.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::from("_utf8mb4 X'");
    for byte in text.bytes() {
        // Writing to a String cannot fail.
        let _ = write!(literal, "{byte:02X}");
    }
    literal.push('\'');
    literal
}

pub(super) fn list(ids: impl Iterator<Item = i64>) -> String {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_holds_no_quote_of_its_text() {
        assert_eq!(literal("a'b\\"), "_utf8mb4 X'6127625C'");
    }

    #[test]
    fn ids_are_listed_once() {
        assert_eq!(list([3, 1, 3].into_iter()), "1,3");
    }
}
