//! What a Lambda authorizer answers, and what API Gateway makes of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Whom the authorizer let in, as `requestContext.authorizer` tells the functions.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// `principalId` and the context; API Gateway makes every value a text.
    pub(super) values: BTreeMap<String, String>,
}

/// What an authorizer's answer comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Allow(Identity),
    Deny,
    /// The answer is none; says why.
    Malformed(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    principal_id: String,
    policy_document: Policy,
    #[serde(default)]
    context: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: OneOrMany<String>,
    effect: Effect,
    resource: OneOrMany<String>,
}

#[derive(Deserialize, PartialEq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Reads the answer to a question about `resource`.
pub(super) fn decide(answer: &[u8], resource: &str) -> Decision {
    let answer: Answer = match serde_json::from_slice(answer) {
        Ok(answer) => answer,
        Err(error) => return Decision::Malformed(error.to_string()),
    };
    let mut values = BTreeMap::from([("principalId".to_owned(), answer.principal_id)]);
    for (name, value) in answer.context {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Decision::Malformed(format!("context.{name} is not flat"));
            }
        };
        values.insert(name, text);
    }
    let about_us = |statement: &&Statement| {
        statement.action.as_slice().iter().any(|action| matches(action, "execute-api:Invoke"))
            && statement.resource.as_slice().iter().any(|pattern| matches(pattern, resource))
    };
    let statements: Vec<_> =
        answer.policy_document.statement.as_slice().iter().filter(about_us).collect();
    // What nobody allows is denied, and whoever denies prevails.
    if statements.is_empty() || statements.iter().any(|statement| statement.effect == Effect::Deny)
    {
        return Decision::Deny;
    }
    Decision::Allow(Identity { values })
}

/// IAM's patterns: `*` stands for any text, `?` for one character; actions and ARNs are compared alike.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    match pattern.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = pattern.as_str();
            text.char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .any(|at| matches(rest, &text[at..]))
        }
        Some(expected) => {
            let mut text = text.chars();
            text.next()
                .is_some_and(|actual| expected == '?' || expected.eq_ignore_ascii_case(&actual))
                && matches(pattern.as_str(), text.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:eu-central-1:123456789012:local/default/$connect";

    fn answer(statement: &Value) -> Vec<u8> {
        let policy = json!({"Version": "2012-10-17", "Statement": statement});
        let context = json!({"role": "dentist", "id": 7, "gone": null});
        json!({"principalId": "a", "policyDocument": policy, "context": context})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn an_allowed_client_brings_its_context_as_texts() {
        for resource in [ARN, "*", "arn:aws:execute-api:*:*:local/*/$connect"] {
            let statement =
                json!([{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": resource}]);
            let expected = [("id", "7"), ("principalId", "a"), ("role", "dentist")];
            let values = expected
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(
                decide(&answer(&statement), ARN),
                Decision::Allow(Identity { values }),
                "{resource}"
            );
        }
    }

    #[test]
    fn a_deny_prevails_and_another_resource_allows_nothing() {
        let allow = json!({"Action": ["execute-api:*"], "Effect": "Allow", "Resource": ["*"]});
        let deny = json!({"Action": "*", "Effect": "Deny", "Resource": ARN});
        let other =
            json!({"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "arn:other"});
        for statement in [json!([allow, deny]), other, json!([])] {
            assert_eq!(decide(&answer(&statement), ARN), Decision::Deny, "{statement}");
        }
    }

    #[test]
    fn an_answer_without_a_policy_is_malformed() {
        assert!(matches!(decide(br#"{"principalId":"a"}"#, ARN), Decision::Malformed(_)));
    }
}
