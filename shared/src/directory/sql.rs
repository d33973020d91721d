//! Talking to MySQL: how to connect, how values are written.

use crate::{
    config::Secret,
    database_url::{check_escapes, names_no_host, not_understood, wrong_value},
    error::Cause,
    tls::Trust,
};
use mysql_async::{Opts, OptsBuilder, SslOpts, UrlError};
use std::{borrow::Cow, fmt::Write as _};

const VARIABLE: &str = "JARVIS_URL";

/// No socket file, no server-side statements, and no questions that the driver would ask first.
/// TLS is required, unless the URL says `require_ssl=false`; and where it is spoken, the server is
/// verified, whatever the URL says.
///
/// # Errors
/// A cause that names the part of the URL that is not understood.
pub(super) fn options(url: &Secret, trust: &Trust) -> Result<Opts, Cause> {
    let url = url.expose();
    if !url.starts_with("mysql://") {
        return Err(Cause::new(format!("{VARIABLE} does not begin with mysql://")));
    }
    check_escapes(VARIABLE, url)?;
    let options = Opts::from_url(url).map_err(|error| misread(&error))?;
    if options.db_name().is_none() {
        return Err(Cause::new(format!("{VARIABLE} names no database")));
    }
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let is_decided = parameters.split('&').any(|option| option.starts_with("require_ssl="));
    let ssl = options.ssl_opts().cloned().or_else(|| (!is_decided).then(SslOpts::default));
    let ssl = ssl.map(|ssl| {
        let roots = trust.beside_mozilla().map(|root| match root {
            Cow::Borrowed(root) => root.into(),
            Cow::Owned(root) => root.into(),
        });
        ssl.with_root_certs(roots.collect())
            .with_danger_accept_invalid_certs(false)
            .with_danger_skip_domain_validation(false)
    });
    let options = OptsBuilder::from_opts(options)
        .ssl_opts(ssl)
        .prefer_socket(false)
        .stmt_cache_size(0)
        .max_allowed_packet(Some(16 * 1024 * 1024))
        .wait_timeout(Some(28_800));
    Ok(options.into())
}

fn misread(error: &UrlError) -> Cause {
    match error {
        UrlError::UnknownParameter { param } | UrlError::FeatureRequired { param, .. } => {
            not_understood(VARIABLE, param)
        }
        UrlError::InvalidParamValue { param, .. } => wrong_value(VARIABLE, param),
        UrlError::InvalidPoolConstraints { .. } => wrong_value(VARIABLE, "pool_min"),
        UrlError::Invalid | UrlError::UnsupportedScheme { .. } => names_no_host(VARIABLE),
        // The parser's words are of its own making: "empty host", "invalid port number".
        UrlError::Parse(error) => Cause::new(format!("{VARIABLE} is not a MySQL URL: {error}")),
    }
}

/// A text literal that no SQL mode can read otherwise. Beside a column the server converts it to the
/// column's character set, and not the column to its own: an index stays usable.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::from("_utf8mb4 X'");
    for byte in text.bytes() {
        // Writing to a String cannot fail.
        let _ = write!(literal, "{byte:02X}");
    }
    literal.push('\'');
    literal
}

/// A column's text as UTF-8, whatever its character set is and whatever the connection's is.
pub(super) fn text(column: &str) -> String {
    format!("CAST(CONVERT({column} USING utf8mb4) AS BINARY)")
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

    fn read(url: &str) -> Result<Opts, String> {
        let options = options(&Secret::from(url.to_owned()), &Trust::default());
        options.map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_literal_holds_no_quote_of_its_text() {
        assert_eq!(literal("a'b\\"), "_utf8mb4 X'6127625C'");
    }

    #[test]
    fn ids_are_listed_once() {
        assert_eq!(list([3, 1, 3].into_iter()), "1,3");
    }

    #[test]
    fn what_is_wrong_with_a_url_is_named_and_no_value_shown() {
        for (url, expected) in [
            (
                "mysql://u:canary@h/jarvis?tls=canary",
                "JARVIS_URL has the option `tls`, which is not understood",
            ),
            (
                "mysql://u:canary@h/jarvis?require_ssl=canary",
                "JARVIS_URL has the option `require_ssl` with a value that is not understood",
            ),
            (
                "mysql://u:canary@h/jarvis?x%20canary=1",
                "JARVIS_URL has an option that is not understood",
            ),
            (
                "mysql://u:canary@h/jarvis?pool_min=9&pool_max=1",
                "JARVIS_URL has the option `pool_min` with a value that is not understood",
            ),
            ("postgres://u:canary@h/jarvis", "JARVIS_URL does not begin with mysql://"),
            ("u:canary@h/jarvis", "JARVIS_URL does not begin with mysql://"),
            ("canary", "JARVIS_URL does not begin with mysql://"),
            ("mysql:///jarvis", "JARVIS_URL names no host"),
            ("mysql://u:canary@/jarvis", "JARVIS_URL is not a MySQL URL: empty host"),
            (
                "mysql://u:canary@h:canary/jarvis",
                "JARVIS_URL is not a MySQL URL: invalid port number",
            ),
            ("mysql://u:canary@h", "JARVIS_URL names no database"),
            (
                "mysql://u:50%-canary@h/jarvis",
                "JARVIS_URL has a `%` that two hexadecimal digits do not follow",
            ),
            ("mysql://u:%FFcanary@h/jarvis", "JARVIS_URL is not UTF-8 where it is percent-encoded"),
        ] {
            assert_eq!(read(url).unwrap_err(), expected, "{url}");
        }
    }

    #[test]
    fn the_drivers_options_are_taken() {
        let options = read("mysql://u:p%40w@h:33/jarvis?tcp_keepalive=5000&compression=fast");
        let options = options.unwrap();
        assert_eq!((options.pass(), options.tcp_port()), (Some("p@w"), 33));
    }

    #[test]
    fn tls_is_required_unless_the_url_says_otherwise() {
        for (url, expected) in [
            ("mysql://u@jarvis.example.test/jarvis", true),
            ("mysql://u:require_ssl=false@jarvis.example.test/jarvis", true),
            ("mysql://u@jarvis.example.test/jarvis?require_ssl=true", true),
            ("mysql://u@jarvis.example.test/jarvis?require_ssl=false", false),
            ("mysql://u@127.0.0.1/jarvis", true),
            ("mysql://u@127.0.0.1/jarvis?require_ssl=false", false),
        ] {
            assert_eq!(read(url).unwrap().ssl_opts().is_some(), expected, "{url}");
        }
    }

    #[test]
    fn no_url_takes_the_verification_away() {
        let url = "mysql://u@h/jarvis?require_ssl=true&verify_ca=false&verify_identity=false";
        let options = read(url).unwrap();
        let ssl = options.ssl_opts().unwrap();
        assert!(!ssl.accept_invalid_certs() && !ssl.skip_domain_validation());
    }
}
