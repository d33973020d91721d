//! Why a request is not believed to be from whom it says.

use std::fmt;

/// Why a signature is not accepted. Its display is what AWS says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Missing,
    /// It lacks a part, or a part is malformed.
    Incomplete(String),
    /// Nobody has this access key.
    UnknownKey,
    /// The session token is not the key's, or is missing.
    WrongToken,
    /// It is for another day, region or service.
    WrongScope(String),
    /// It is not the key's, or not this request's.
    WrongSignature,
    /// It was made too long ago, or will be made.
    WrongTime(String),
}

impl Refusal {
    /// The name of the exception with which AWS's services answer.
    #[must_use]
    pub const fn exception(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::UnknownKey | Self::WrongToken => "UnrecognizedClientException",
            Self::WrongScope(_) | Self::WrongSignature | Self::WrongTime(_) => {
                "InvalidSignatureException"
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Missing => "Missing Authentication Token",
            Self::UnknownKey | Self::WrongToken => {
                "The security token included in the request is invalid."
            }
            Self::WrongSignature => {
                "The request signature we calculated does not match the signature you provided. Check \
                 your AWS Secret Access Key and signing method. Consult the service documentation for \
                 details."
            }
            Self::Incomplete(what) | Self::WrongScope(what) | Self::WrongTime(what) => what,
        })
    }
}
