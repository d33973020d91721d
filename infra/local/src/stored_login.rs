//! A database's URL apart from its password, which is a secret.

use percent_encoding::percent_decode_str;
use serde_json::json;

/// The URL without its password.
#[must_use]
pub fn without_password(url: &str) -> String {
    match parts(url) {
        Some((start, user, _, place)) => format!("{start}://{user}@{place}"),
        None => url.to_owned(),
    }
}

/// User and password as RDS stores them in a secret; of a URL without a password, the URL.
#[must_use]
pub fn secret(url: &str) -> String {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match parts(url) {
        Some((_, user, password, _)) => {
            json!({"username": decoded(user), "password": decoded(password)}).to_string()
        }
        None => json!({"url": url}).to_string(),
    }
}

/// Scheme, user, password and the rest.
fn parts(url: &str) -> Option<(&str, &str, &str, &str)> {
    let (start, rest) = url.split_once("://")?;
    let (login, place) = rest.rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    Some((start, user, password, place))
}

#[cfg(test)]
mod tests {
    use super::{secret, without_password};

    #[test]
    fn a_url_and_its_password_are_told_apart() {
        let url = "postgres://chat_service:p%40ss@127.0.0.1:5432/chat?a=b";
        assert_eq!(without_password(url), "postgres://chat_service@127.0.0.1:5432/chat?a=b");
        assert_eq!(secret(url), r#"{"password":"p@ss","username":"chat_service"}"#);
        let without = "postgres://chat_service@127.0.0.1/chat";
        assert_eq!(without_password(without), without);
    }
}
