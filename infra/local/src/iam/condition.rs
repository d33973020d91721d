//! The conditions of statements, as far as this stack understands them.

use std::collections::BTreeMap;

use super::pattern::Pattern;

/// Whether requests on this machine count as encrypted: they stay on the loopback interface, where the
/// cloud would have TLS.
const SECURE_TRANSPORT: &str = "aws:SecureTransport";

/// The role of whoever makes a request.
pub(super) const PRINCIPAL: &str = "aws:PrincipalArn";

/// Keys with which conditions may ask about a request; one that ends in `/` is followed by a tag's name.
const KEYS: &[&str] =
    &[SECURE_TRANSPORT, PRINCIPAL, "s3:ExistingObjectTag/", "s3:RequestObjectTag/", "s3:prefix"];

/// What conditions may ask about a request.
#[derive(Clone, Debug)]
pub struct Context(BTreeMap<String, String>);

impl Default for Context {
    fn default() -> Self {
        Self(BTreeMap::new()).with(SECURE_TRANSPORT, "true")
    }
}

impl Context {
    /// The same with one more answer, or another one.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.insert(spelled(key), value.into());
        self
    }

    /// The same for a request without TLS.
    #[must_use]
    pub fn unencrypted(self) -> Self {
        self.with(SECURE_TRANSPORT, "false")
    }
}

/// One line of a `Condition`: operator, key and the values of which one is to fit.
#[derive(Clone, Debug)]
pub struct Condition {
    operator: Operator,
    /// Whether a request without the key fits.
    is_optional: bool,
    key: String,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Operator {
    StringEquals,
    StringNotEquals,
    StringLike,
    StringNotLike,
    /// `ArnEquals` and `ArnLike`, which are the same.
    Arn,
    NotArn,
    Bool,
}

impl Condition {
    /// The condition.
    ///
    /// # Errors
    /// In words, when its operator, its key or a value is none that this stack understands.
    pub fn new(operator: &str, key: &str, values: Vec<String>) -> Result<Self, String> {
        let (name, is_optional) = match operator.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (operator, false),
        };
        let known = match name {
            "StringEquals" => Operator::StringEquals,
            "StringNotEquals" => Operator::StringNotEquals,
            "StringLike" => Operator::StringLike,
            "StringNotLike" => Operator::StringNotLike,
            "ArnEquals" | "ArnLike" => Operator::Arn,
            "ArnNotEquals" | "ArnNotLike" => Operator::NotArn,
            "Bool" => Operator::Bool,
            _ => return Err(format!("the local stack does not understand {operator}")),
        };
        let key = spelled(key);
        let is_known = KEYS
            .iter()
            .map(|known| spelled(known))
            .any(|known| if known.ends_with('/') { key.starts_with(&known) } else { key == known });
        if !is_known {
            return Err(format!("the local stack does not understand conditions on {key}"));
        }
        if let Some(value) = values.iter().find(|value| value.contains("${")) {
            return Err(format!("the local stack does not understand the variable in {value}"));
        }
        Ok(Self { operator: known, is_optional, key, values })
    }

    /// Whether a request fits.
    #[must_use]
    pub fn holds(&self, context: &Context) -> bool {
        let Some(actual) = context.0.get(&self.key) else {
            let is_negated = matches!(
                self.operator,
                Operator::StringNotEquals | Operator::StringNotLike | Operator::NotArn
            );
            return self.is_optional || is_negated;
        };
        let any =
            |fits: fn(&str, &str) -> bool| self.values.iter().any(|value| fits(value, actual));
        let like = |pattern: &str, text: &str| Pattern::new(pattern).matches(text);
        match self.operator {
            Operator::StringEquals => any(|value, actual| value == actual),
            Operator::StringNotEquals => !any(|value, actual| value == actual),
            Operator::StringLike | Operator::Arn => any(like),
            Operator::StringNotLike | Operator::NotArn => !any(like),
            Operator::Bool => any(str::eq_ignore_ascii_case),
        }
    }
}

/// The key with the case that does not matter taken away; a tag's name keeps its own.
fn spelled(key: &str) -> String {
    match key.split_once('/') {
        Some((start, tag)) => format!("{}/{tag}", start.to_ascii_lowercase()),
        None => key.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Context};

    fn holds(operator: &str, key: &str, value: &str, context: &Context) -> bool {
        Condition::new(operator, key, vec![value.to_owned()]).unwrap().holds(context)
    }

    #[test]
    fn a_condition_compares_as_its_operator_says() {
        let retracted = Context::default().with("s3:ExistingObjectTag/retracted", "true");
        for (operator, key, value, held) in [
            ("StringEquals", "s3:ExistingObjectTag/retracted", "true", true),
            ("StringEquals", "S3:existingobjecttag/retracted", "true", true),
            ("StringEquals", "s3:ExistingObjectTag/Retracted", "true", false),
            ("StringNotEquals", "s3:ExistingObjectTag/retracted", "true", false),
            ("StringLike", "s3:ExistingObjectTag/retracted", "t*", true),
            ("StringNotLike", "s3:ExistingObjectTag/retracted", "t*", false),
            ("Bool", "aws:SecureTransport", "True", true),
            ("Bool", "aws:SecureTransport", "false", false),
        ] {
            assert_eq!(holds(operator, key, value, &retracted), held, "{operator} {key} {value}");
        }
        let role = "arn:aws:iam::123456789012:role/export";
        let export = Context::default().with("aws:PrincipalArn", role);
        for (operator, value, held) in [
            ("ArnEquals", role, true),
            ("ArnLike", "arn:aws:iam::*:role/exp*", true),
            ("ArnNotEquals", role, false),
            ("ArnNotEquals", "arn:aws:iam::123456789012:role/other", true),
        ] {
            assert_eq!(holds(operator, "aws:PrincipalArn", value, &export), held, "{operator}");
        }
        assert!(holds("Bool", "aws:SecureTransport", "false", &retracted.unencrypted()));
    }

    #[test]
    fn a_key_that_the_request_lacks_fits_negations_and_what_is_optional() {
        let nothing = Context::default();
        let key = "s3:ExistingObjectTag/retracted";
        assert!(!holds("StringEquals", key, "true", &nothing));
        assert!(!holds("StringLike", key, "*", &nothing));
        assert!(holds("StringNotEquals", key, "true", &nothing));
        assert!(holds("StringEqualsIfExists", key, "true", &nothing));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (operator, key, value) in [
            ("DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
            ("StringEquals", "aws:PrincipalTag/team", "chat"),
            ("StringEquals", "s3:prefix", "${aws:username}"),
        ] {
            assert!(
                Condition::new(operator, key, vec![value.to_owned()]).is_err(),
                "{operator} {key}"
            );
        }
    }
}
