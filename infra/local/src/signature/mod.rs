//! Signature Version 4, as all services verify it but S3, whose stand-in verifies by itself.

mod canonical;
mod claim;
mod received;
mod refusal;

use ring::hmac;
use sha2::{Digest, Sha256};
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use self::claim::{Claim, Scope};
pub use self::received::Received;
pub use self::refusal::Refusal;
use crate::aws_names::REGION;
use crate::iam::{Credentials, Iam, Principal};

/// How far the clocks of callers may be off.
const SKEW: Duration = Duration::minutes(15);
/// The longest that a signature in a query may be good for.
const LONGEST: i64 = 7 * 24 * 60 * 60;
const TIME: &[FormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// The end of every scope, and the last step of every key.
const END: &str = "aws4_request";

/// Who has signed the request to this service.
///
/// # Errors
/// When it is not signed, or not by who has the key, or not now.
pub fn verify(
    received: &Received<'_>,
    service: &str,
    iam: &Iam,
    now: OffsetDateTime,
) -> Result<Principal, Refusal> {
    let claim = Claim::read(received)?;
    let (principal, credentials) = iam.owner(&claim.access_key_id).ok_or(Refusal::UnknownKey)?;
    check_scope(&claim, service)?;
    check_signed_headers(received, &claim)?;
    check_time(&claim, now)?;
    if !is_token(credentials, claim.session_token.as_deref()) {
        return Err(Refusal::WrongToken);
    }
    check_signature(received, &claim, credentials)?;
    Ok(principal)
}

/// Whether the session token is the one of these credentials; compared in constant time.
#[must_use]
pub fn is_token(credentials: &Credentials, token: Option<&str>) -> bool {
    // By way of a random key, ring compares in constant time.
    let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.secret_access_key.as_bytes());
    let expected = hmac::sign(&key, credentials.session_token.as_bytes());
    hmac::verify(&key, token.unwrap_or_default().as_bytes(), expected.as_ref()).is_ok()
}

fn check_scope(claim: &Claim<'_>, service: &str) -> Result<(), Refusal> {
    let Scope { date, region, service: signed_for, end } = &claim.scope;
    let wrong = |what: String| Err(Refusal::WrongScope(what));
    if signed_for != service {
        return wrong(format!("Credential should be scoped to correct service: '{service}'."));
    }
    if region != REGION {
        return wrong(format!("Credential should be scoped to a valid region, not '{region}'."));
    }
    if end != END {
        return wrong(format!(
            "Credential should be scoped with a valid terminator: '{END}', not '{end}'."
        ));
    }
    if !claim.at.starts_with(&**date) {
        return wrong(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{date}' != '{}', from '{}'.",
            claim.at.get(..8).unwrap_or_default(),
            claim.at
        ));
    }
    Ok(())
}

/// Where a request goes and what AWS's own headers say must be signed.
fn check_signed_headers(received: &Received<'_>, claim: &Claim<'_>) -> Result<(), Refusal> {
    let is_ours = |name: &&str| *name == "host" || name.starts_with("x-amz-");
    let sent = received.headers.keys().map(axum::http::HeaderName::as_str).filter(is_ours);
    for name in sent.chain(["host"]) {
        if !claim.signed_headers.iter().any(|signed| signed == name) {
            return Err(Refusal::WrongScope(format!(
                "'{name}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    Ok(())
}

fn check_time(claim: &Claim<'_>, now: OffsetDateTime) -> Result<(), Refusal> {
    let at = PrimitiveDateTime::parse(&claim.at, TIME).map(PrimitiveDateTime::assume_utc);
    let incomplete = |what: &str| Refusal::Incomplete(what.to_owned());
    let at = at.map_err(|_| {
        incomplete(
            "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
        )
    })?;
    let shown = |time: OffsetDateTime| time.format(TIME).unwrap_or_default();
    let good_for = match &claim.expires {
        Some(expires) => {
            let seconds = expires.parse().ok().filter(|seconds| (1..=LONGEST).contains(seconds));
            Duration::seconds(seconds.ok_or_else(|| incomplete("X-Amz-Expires is out of range."))?)
        }
        None => SKEW,
    };
    if at + good_for < now {
        let (shown_at, oldest) = (shown(at), shown(now - good_for));
        return Err(Refusal::WrongTime(format!(
            "Signature expired: {shown_at} is now earlier than {oldest} ({} - {} min.)",
            shown(now),
            good_for.whole_minutes()
        )));
    }
    if at > now + SKEW {
        return Err(Refusal::WrongTime(format!(
            "Signature not yet current: {} is still later than {} ({} + {} min.)",
            shown(at),
            shown(now + SKEW),
            shown(now),
            SKEW.whole_minutes()
        )));
    }
    Ok(())
}

fn check_signature(
    received: &Received<'_>,
    claim: &Claim<'_>,
    credentials: &Credentials,
) -> Result<(), Refusal> {
    let Scope { date, region, service, end } = &claim.scope;
    let signed_headers: Vec<&str> = claim.signed_headers.iter().map(AsRef::as_ref).collect();
    let request = canonical::request(received, &signed_headers);
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{date}/{region}/{service}/{end}\n{}",
        claim.at,
        canonical::hex(&Sha256::digest(request))
    );
    let start = format!("AWS4{}", credentials.secret_access_key);
    let steps = [date, region, service, end];
    let key = steps.into_iter().fold(hmac_key(start.as_bytes()), |key, step| {
        hmac_key(hmac::sign(&key, step.as_bytes()).as_ref())
    });
    let signature = bytes_of(&claim.signature).ok_or(Refusal::WrongSignature)?;
    // In constant time.
    hmac::verify(&key, text.as_bytes(), &signature).map_err(|_| Refusal::WrongSignature)
}

fn hmac_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, bytes)
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    digits.map(|pair| u8::from_str_radix(pair.filter(|pair| pair.len() == 2)?, 16).ok()).collect()
}
