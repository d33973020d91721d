//! Tokens: from the app, good for as long as they live, counted from their arrival.

use super::lane::Lane;
use crate::moment::{MINUTE, Millis, SECOND};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// What is used to the end is refused on its way.
const MARGIN: Millis = MINUTE;

#[derive(Debug, Deserialize)]
struct Claims {
    sub: Option<String>,
    exp: Option<u64>,
    iat: Option<u64>,
}

/// A token, and which of all tokens it is.
#[derive(Clone, Debug)]
pub(in crate::core) struct Token {
    pub serial: u64,
    pub text: String,
    /// It is not used from here on.
    pub ends_at: Millis,
    pub subject: Option<String>,
}

#[derive(Debug, Default)]
pub(in crate::core) struct Tokens {
    current: Option<Token>,
    serial: u64,
    /// How often the app was asked, and whether an answer is awaited.
    asks: u64,
    is_asked: bool,
    is_refused: bool,
    pub lane: Lane,
}

impl Tokens {
    pub fn usable(&self, now: Millis) -> Option<&Token> {
        self.current.as_ref().filter(|token| now < token.ends_at)
    }

    /// Begins anew after a sign-out: what is still asked is answered to nobody.
    pub fn after(before: &Self) -> Self {
        Self { asks: before.asks, serial: before.serial, ..Self::default() }
    }

    /// Stops waiting for an answer.
    pub const fn let_go(&mut self) {
        self.is_asked = false;
    }

    pub const fn awaits(&self, ask: u64) -> bool {
        self.is_asked && self.asks == ask
    }

    /// Which question to ask the app now, and whether its last token was refused.
    pub fn ask(&mut self, now: Millis) -> Option<(u64, bool)> {
        if self.is_asked || now < self.lane.not_before {
            return None;
        }
        self.is_asked = true;
        self.asks += 1;
        Some((self.asks, self.is_refused))
    }

    /// Takes a token in. By the phone's clock, which may be wrong, it could be over already: what
    /// counts is how long it lives.
    pub fn arrive(&mut self, text: String, now: Millis) -> &Token {
        self.is_asked = false;
        self.is_refused = false;
        self.serial += 1;
        let claims = claims(&text);
        let life = claims.as_ref().and_then(|claims| claims.exp?.checked_sub(claims.iat?));
        let life = life.map(|seconds| seconds.saturating_mul(SECOND));
        let token = Token {
            serial: self.serial,
            text,
            ends_at: life.map_or(Millis::MAX, |life| {
                now.saturating_add(life.saturating_sub(MARGIN.min(life / 10)))
            }),
            subject: claims.and_then(|claims| claims.sub),
        };
        self.current.insert(token)
    }

    pub const fn failed(&mut self) {
        self.is_asked = false;
    }

    /// The service does not take that one (any more).
    pub fn refuse(&mut self, serial: u64) {
        if self.current.as_ref().is_some_and(|token| token.serial == serial) {
            self.current = None;
            self.is_refused = true;
        }
    }
}

/// Whose token it is, if it says so.
#[cfg(feature = "shell")]
pub(crate) fn token_subject(token: &str) -> Option<String> {
    claims(token)?.sub
}

fn claims(token: &str) -> Option<Claims> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_lives_from_its_arrival_whatever_the_clocks_say() {
        let mut tokens = Tokens::default();
        let hour = r#"{"sub": "a", "iat": 4000000000, "exp": 4000003600}"#;
        let token = tokens.arrive(token(hour), 5_000).clone();
        assert_eq!(token.ends_at, 5_000 + 59 * MINUTE);
        assert_eq!(token.subject.as_deref(), Some("a"));
        assert!(tokens.usable(token.ends_at - 1).is_some());
        assert!(tokens.usable(token.ends_at).is_none());
    }

    #[test]
    fn a_token_that_cannot_be_read_is_used_until_it_is_refused() {
        let mut tokens = Tokens::default();
        let serial = tokens.arrive("opaque".to_owned(), 0).serial;
        assert!(tokens.usable(Millis::MAX - 1).is_some());
        tokens.refuse(serial + 1);
        assert!(tokens.usable(0).is_some());
        tokens.refuse(serial);
        assert!(tokens.usable(0).is_none());
        assert_eq!(tokens.ask(0), Some((1, true)));
        assert_eq!(tokens.ask(0), None, "one question at a time");
    }
}
