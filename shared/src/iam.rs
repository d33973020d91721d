//! RDS IAM authentication: a password that is a signature, made here without asking anyone.
//!
//! It is a pre-signed URL without its scheme ("Connecting to your DB instance using IAM authentication",
//! Amazon RDS user guide): looked at when a connection begins, and by then at most 15 minutes old.

use crate::{
    aws::{credentials, region},
    config::Secret,
    error::Cause,
};
use aws_sdk_s3::config::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign},
    sign::v4,
};
use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

const GOOD_FOR: Duration = Duration::from_mins(15);

/// Who connects where.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The server's name, as connected to.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// The database's user.
    pub user: &'a str,
}

/// The password of this function for this user, now.
///
/// # Errors
/// When the environment has no credentials to sign with.
pub fn token(place: Place, now: SystemTime) -> Result<Secret, Cause> {
    sign_as(credentials(), region().as_ref(), place, now)
        .ok_or_else(|| Cause::new("no token of RDS IAM authentication can be made"))
}

fn sign_as(
    credentials: Credentials,
    region: &str,
    place: Place,
    now: SystemTime,
) -> Option<Secret> {
    if credentials.access_key_id().is_empty() {
        return None;
    }
    let mut settings = SigningSettings::default();
    settings.expires_in = Some(GOOD_FOR);
    settings.signature_location = SignatureLocation::QueryParams;
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("rds-db")
        .time(now)
        .settings(settings)
        .build()
        .ok()?
        .into();
    let Place { host, port, user } = place;
    let mut token = format!("{host}:{port}/?Action=connect&DBUser={}", encoded(user));
    let url = format!("https://{token}");
    let signable = SignableRequest::new("GET", url, [].into_iter(), SignableBody::Bytes(&[]));
    let (instructions, _) = sign(signable.ok()?, &parameters).ok()?.into_parts();
    for (name, value) in instructions.params() {
        write!(token, "&{name}={}", encoded(value)).ok()?;
    }
    Some(Secret::from(token))
}

/// Everything but the unreserved characters (RFC 3986, section 2.3) as percent and hexadecimal digits.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    /// What botocore's `generate_db_auth_token` makes, as `infra/tools/cloud/tests/test_tokens.py` asks it.
    #[derive(Deserialize)]
    struct Recorded {
        access_key_id: String,
        secret_access_key: String,
        session_token: Option<String>,
        region: String,
        host: String,
        port: u16,
        user: String,
        unix_time: u64,
        token: String,
    }

    fn parts(token: &str) -> (String, BTreeMap<String, String>) {
        let (place, query) = token.split_once("/?").unwrap();
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
        (place.to_owned(), pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn a_token_is_what_botocore_makes_of_the_same() {
        let recorded = include_str!("iam/tokens.json");
        let recorded: Vec<Recorded> = serde_json::from_str(recorded).unwrap();
        assert!(recorded.len() > 2);
        for it in recorded {
            let credentials = Credentials::new(
                it.access_key_id,
                it.secret_access_key,
                it.session_token,
                None,
                "test",
            );
            let place = Place { host: &it.host, port: it.port, user: &it.user };
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(it.unix_time);
            let token = sign_as(credentials, &it.region, place, now).unwrap();
            assert_eq!(parts(token.expose()), parts(&it.token));
        }
    }

    #[test]
    fn without_credentials_there_is_no_token() {
        let nobody = Credentials::new("", "", None, None, "test");
        let place = Place { host: "h", port: 5432, user: "u" };
        assert!(sign_as(nobody, "eu-central-1", place, SystemTime::UNIX_EPOCH).is_none());
    }
}
