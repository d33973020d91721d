//! Reading database URLs, so that whoever set one learns which part of it is wrong. Parts are named;
//! values are never shown, since any of them may be a piece of a password.

use crate::{config::Secret, error::Cause};
use std::{borrow::Cow, error::Error as _};
use tokio_postgres::config::{Config, Host, SslMode};

/// How to reach a PostgreSQL server. TLS is required, unless the URL says `sslmode=disable` or leads to
/// a socket file.
///
/// Certificates are verified wherever TLS is spoken, so `verify-ca` and `verify-full` mean `require`.
///
/// # Errors
/// A cause that names the variable and the part of its value that is not understood.
pub fn postgres_config(variable: &'static str, url: &Secret) -> Result<Config, Cause> {
    let url = url.expose();
    if let Some((scheme, _)) = url.split_once("://")
        && !["postgres", "postgresql"].contains(&scheme)
        && !scheme.contains('=')
    {
        return Err(Cause::new(format!("{variable} does not begin with postgres://")));
    }
    check_escapes(variable, url)?;
    let mut config: Config =
        without_verify(url).parse().map_err(|error| misread(variable, &error))?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(names_no_host(variable));
    }
    require_tls(&mut config);
    Ok(config)
}

/// `verify-full` and `verify-ca`, which the driver does not know, as `require`.
fn without_verify(url: &str) -> Cow<'_, str> {
    // A password ends at the first `@`. What is quoted in the form `key='value'` is left alone.
    let begin = url.find('@').unwrap_or(0);
    let (credentials, rest) = url.split_at(begin);
    let separators = if url.contains("://") { ['?', '&'] } else { [' ', '\n'] };
    if !rest.contains("sslmode=verify-") || (separators[0] == ' ' && url.contains('\'')) {
        return Cow::Borrowed(url);
    }
    let options =
        rest.split_inclusive(separators).map(|option| match option.trim_end_matches(separators) {
            verified @ ("sslmode=verify-full" | "sslmode=verify-ca") => {
                option.replace(verified, "sslmode=require")
            }
            _ => option.to_owned(),
        });
    Cow::Owned(credentials.to_owned() + &options.collect::<String>())
}

/// A server, or whoever is in between, could say that it has no TLS: it is not a preference.
fn require_tls(config: &mut Config) {
    let is_file = |host: &Host| matches!(host, Host::Unix(_));
    let is_near = config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_file);
    if config.get_ssl_mode() == SslMode::Prefer && !is_near {
        config.ssl_mode(SslMode::Require);
    }
}

/// Says which option it was. The driver's errors have no fields, but their texts name options and
/// never show values; anything else they say stays with them.
fn misread(variable: &str, error: &tokio_postgres::Error) -> Cause {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let named = |prefix: &str| said.strip_prefix(prefix)?.strip_prefix('`')?.strip_suffix('`');
    if let Some(option) = named("unknown option ") {
        return not_understood(variable, option);
    }
    if let Some(option) = named("invalid value for option ") {
        return wrong_value(variable, option);
    }
    Cause::new(format!("{variable} is not a PostgreSQL URL"))
}

/// Refuses a `%` that stands for itself: drivers read it in different ways.
pub(crate) fn check_escapes(variable: &str, url: &str) -> Result<(), Cause> {
    if !url.contains("://") {
        return Ok(());
    }
    let mut decoded = Vec::with_capacity(url.len());
    let mut bytes = url.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let digits = [bytes.next(), bytes.next()].map(|digit| char::from(digit?).to_digit(16));
        let [Some(high), Some(low)] = digits else {
            let problem = "has a `%` that two hexadecimal digits do not follow";
            return Err(Cause::new(format!("{variable} {problem}")));
        };
        decoded.extend(u8::try_from(high * 16 + low));
    }
    match String::from_utf8(decoded) {
        Ok(_) => Ok(()),
        Err(_) => Err(Cause::new(format!("{variable} is not UTF-8 where it is percent-encoded"))),
    }
}

pub(crate) fn names_no_host(variable: &str) -> Cause {
    Cause::new(format!("{variable} names no host"))
}

pub(crate) fn not_understood(variable: &str, option: &str) -> Cause {
    Cause::new(match shown(option) {
        Some(option) => format!("{variable} has the option `{option}`, which is not understood"),
        None => format!("{variable} has an option that is not understood"),
    })
}

pub(crate) fn wrong_value(variable: &str, option: &str) -> Cause {
    Cause::new(match shown(option) {
        Some(option) => {
            format!("{variable} has the option `{option}` with a value that is not understood")
        }
        None => format!("{variable} has an option with a value that is not understood"),
    })
}

/// An option's name, unless it may be something else: a piece of a password with a `?` in it.
fn shown(option: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-';
    (option.len() <= 32 && option.bytes().all(is_plain)).then_some(option)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<Config, String> {
        postgres_config("DATABASE_URL", &Secret::from(url.to_owned())).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_wrong_with_a_url_is_named_and_no_value_shown() {
        for (url, expected) in [
            (
                "postgres://u:canary@h/chat?sslrootcert=canary",
                "DATABASE_URL has the option `sslrootcert`, which is not understood",
            ),
            (
                "postgres://u:canary@h/chat?sslmode=canary",
                "DATABASE_URL has the option `sslmode` with a value that is not understood",
            ),
            (
                "postgres://u:canary@h/chat?Canary7=x",
                "DATABASE_URL has an option that is not understood",
            ),
            (
                "postgres://u:canary@h:canary/chat",
                "DATABASE_URL has the option `port` with a value that is not understood",
            ),
            (
                "postgres://u:canary@[h/chat",
                "DATABASE_URL has the option `host` with a value that is not understood",
            ),
            ("postgres://u:canary@h/chat?canary", "DATABASE_URL is not a PostgreSQL URL"),
            ("mysql://u:canary@h/chat", "DATABASE_URL does not begin with postgres://"),
            ("canary", "DATABASE_URL is not a PostgreSQL URL"),
            ("postgres:///chat", "DATABASE_URL names no host"),
            ("user=u password=canary", "DATABASE_URL names no host"),
            (
                "host=h password=canary tls=canary",
                "DATABASE_URL has the option `tls`, which is not understood",
            ),
            (
                "postgres://u:50%-canary@h/chat",
                "DATABASE_URL has a `%` that two hexadecimal digits do not follow",
            ),
            (
                "postgres://u:%FFcanary@h/chat",
                "DATABASE_URL is not UTF-8 where it is percent-encoded",
            ),
        ] {
            assert_eq!(read(url).unwrap_err(), expected, "{url}");
        }
    }

    #[test]
    fn tls_is_required_unless_the_url_says_otherwise() {
        for (url, expected) in [
            ("postgres://u@db.example.test/chat", SslMode::Require),
            ("postgres://u@db.example.test/chat?sslmode=prefer", SslMode::Require),
            ("postgres://u@db.example.test/chat?sslmode=verify-full", SslMode::Require),
            (
                "postgres://u@db.example.test/chat?connect_timeout=1&sslmode=verify-ca&user=v",
                SslMode::Require,
            ),
            ("host=db.example.test sslmode=verify-full user=u", SslMode::Require),
            ("host=localhost hostaddr=10.0.0.1", SslMode::Require),
            ("hostaddr=10.0.0.1", SslMode::Require),
            ("postgres://u@127.0.0.1,db.example.test/chat", SslMode::Require),
            ("postgres://u@db.example.test/chat?sslmode=disable", SslMode::Disable),
            ("postgres://u@127.0.0.1/chat", SslMode::Require),
            ("postgres://u@127.0.0.1/chat?sslmode=prefer", SslMode::Require),
            ("postgres://u@127.0.0.1/chat?sslmode=disable", SslMode::Disable),
            ("postgres://u@localhost/chat?sslmode=verify-full", SslMode::Require),
            ("host=/var/run/postgresql", SslMode::Prefer),
        ] {
            assert_eq!(read(url).unwrap().get_ssl_mode(), expected, "{url}");
        }
    }

    #[test]
    fn a_password_is_read_as_it_was_written() {
        let password = |url: &str| read(url).unwrap().get_password().map(<[u8]>::to_vec);
        for (url, expected) in [
            ("postgres://u:a%40b@h/chat?sslmode=verify-full", "a@b"),
            ("postgres://u:a?sslmode=verify-full@h/chat", "a?sslmode=verify-full"),
            ("host=h password='a sslmode=verify-full b'", "a sslmode=verify-full b"),
        ] {
            assert_eq!(password(url).unwrap(), expected.as_bytes(), "{url}");
        }
    }
}
