//! The push provider's settings, and what a push says.

use super::{
    secret::{API_KEY_KEYS, Secret},
    variables::{ConfigError, Lookup, stored, text},
};
use std::collections::BTreeMap;

/// `OneSignal`.
#[derive(Clone, Debug)]
pub struct PushConfig {
    /// `ONESIGNAL_URL`: its API.
    pub url: String,
    /// `ONESIGNAL_APP_ID`: our app there.
    pub app_id: String,
    /// `ONESIGNAL_API_KEY` or `ONESIGNAL_API_KEY_SECRET_ARN`.
    pub api_key: ApiKey,
    /// `PUSH_HEADINGS`: a push's heading in each language.
    pub headings: Texts,
    /// `PUSH_CONTENTS`: what it says.
    pub contents: Texts,
}

/// One text for each language, under `OneSignal`'s codes of languages; `en`, which it requires, is
/// always there.
pub type Texts = BTreeMap<String, String>;

/// Where an API key is.
#[derive(Clone, Debug)]
pub enum ApiKey {
    /// In the environment; for one's own machine.
    Given(Secret),
    /// In Secrets Manager, under this ARN.
    InSecretsManager(String),
}

impl PushConfig {
    pub(super) fn read(lookup: Lookup) -> Result<Self, ConfigError> {
        let api_key = match text(lookup, "ONESIGNAL_API_KEY") {
            Ok(key) => ApiKey::Given(stored("ONESIGNAL_API_KEY", &key, &API_KEY_KEYS)?),
            Err(_) => ApiKey::InSecretsManager(text(lookup, "ONESIGNAL_API_KEY_SECRET_ARN")?),
        };
        Ok(Self {
            url: text(lookup, "ONESIGNAL_URL")?,
            app_id: text(lookup, "ONESIGNAL_APP_ID")?,
            api_key,
            headings: texts(lookup, "PUSH_HEADINGS", "Your dentist")?,
            contents: texts(lookup, "PUSH_CONTENTS", "You have a new message.")?,
        })
    }
}

/// A JSON object of texts by language; without the variable, one text in English.
fn texts(lookup: Lookup, variable: &'static str, in_english: &str) -> Result<Texts, ConfigError> {
    let Ok(given) = text(lookup, variable) else {
        return Ok(Texts::from([("en".to_owned(), in_english.to_owned())]));
    };
    let wrong = "must be a JSON object of texts by language, with `en` among them";
    let texts: Texts =
        serde_json::from_str(&given).map_err(|_| ConfigError::new(variable, wrong))?;
    let is_complete =
        texts.contains_key("en") && texts.values().all(|text| !text.trim().is_empty());
    if is_complete { Ok(texts) } else { Err(ConfigError::new(variable, wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_says_the_same_in_each_language_and_always_has_english() {
        let with = |texts: &'static str| {
            PushConfig::read(&move |name| match name {
                "PUSH_CONTENTS" => Some(texts.to_owned()),
                "PUSH_HEADINGS" => None,
                _ => Some(format!("value-of-{name}")),
            })
        };
        let push = with(r#"{"en": "A message", "de": "Eine Nachricht"}"#).unwrap();
        assert_eq!(push.contents["de"], "Eine Nachricht");
        assert_eq!(push.headings, Texts::from([("en".to_owned(), "Your dentist".to_owned())]));
        for wrong in
            ["{}", r#"{"de": "Eine Nachricht"}"#, r#"{"en": " "}"#, r#"{"en": 1}"#, "A message"]
        {
            let error = with(wrong).err().unwrap().to_string();
            assert!(error.contains("PUSH_CONTENTS") && !error.contains("message"), "{error}");
        }
    }
}
