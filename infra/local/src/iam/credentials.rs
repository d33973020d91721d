//! The credentials of functions and of the operator, new with every start of the stack.

use std::fmt;

use rand::Rng;
use serde::Serialize;

/// How long a session token is: about what Lambda's are.
const TOKEN_LENGTH: usize = 1_100;

const CAPITALS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// With the characters that have to be escaped in a URL.
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What requests are signed with.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// Says whose they are.
    pub access_key_id: String,
    /// Signs, and is never sent.
    pub secret_access_key: String,
    /// Sent along with every request.
    pub session_token: String,
}

impl Credentials {
    /// New ones, as a role's session has them.
    #[must_use]
    pub fn generate() -> Self {
        Self {
            access_key_id: format!("ASIA{}", random(CAPITALS, 16)),
            secret_access_key: random(BASE64, 40),
            session_token: random(BASE64, TOKEN_LENGTH),
        }
    }

    /// As a function finds them in its environment.
    #[must_use]
    pub fn variables(&self) -> [(&'static str, &str); 3] {
        [
            ("AWS_ACCESS_KEY_ID", &self.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", &self.secret_access_key),
            ("AWS_SESSION_TOKEN", &self.session_token),
        ]
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Credentials").field(&self.access_key_id).finish()
    }
}

fn random(alphabet: &[u8], length: usize) -> String {
    let mut source = rand::rng();
    (0..length).map(|_| char::from(alphabet[source.random_range(0..alphabet.len())])).collect()
}
