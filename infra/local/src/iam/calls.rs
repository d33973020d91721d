//! What has been asked for so far, in bounded memory.

use std::collections::BTreeMap;

use serde::Serialize;

use super::decision::Allowance;
use super::policy::Grant;

/// How many resources are told apart for each function, action, verdict and grant; all others are
/// counted together as `*`.
const RESOURCES: usize = 100;

/// The same call, however often it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// For instance `s3:GetObject`.
    pub action: String,
    /// Its ARN.
    pub resource: String,
    /// Who called; none: the operator.
    pub function: Option<String>,
    /// Whether it was allowed.
    pub verdict: Verdict,
    /// How often.
    pub count: u64,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The policies allow it.
    Allowed,
    /// They do not.
    Denied,
}

/// All that is the same in calls but for their resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    function: Option<String>,
    action: String,
    verdict: Verdict,
    allowances: Vec<Allowance>,
}

/// The calls so far.
#[derive(Debug, Default)]
pub struct Calls(BTreeMap<Kind, BTreeMap<String, u64>>);

impl Calls {
    /// Counts one that these grants allow, or one that was denied.
    pub fn count(
        &mut self,
        function: Option<&str>,
        action: &str,
        resource: &str,
        allowances: Option<Vec<Allowance>>,
    ) {
        let verdict = if allowances.is_some() { Verdict::Allowed } else { Verdict::Denied };
        let kind = Kind {
            function: function.map(str::to_owned),
            action: action.to_owned(),
            verdict,
            allowances: allowances.unwrap_or_default(),
        };
        let resources = self.0.entry(kind).or_default();
        let is_told_apart = resources.len() < RESOURCES || resources.contains_key(resource);
        let resource = if is_told_apart { resource } else { "*" };
        *resources.entry(resource.to_owned()).or_default() += 1;
    }

    /// Every call.
    #[must_use]
    pub fn all(&self) -> Vec<Call> {
        let calls = self.0.iter().flat_map(|(kind, resources)| {
            resources.iter().map(|(resource, count)| Call {
                action: kind.action.clone(),
                resource: resource.clone(),
                function: kind.function.clone(),
                verdict: kind.verdict,
                count: *count,
            })
        });
        calls.collect()
    }

    /// How many of a function's calls this grant allowed, and how many of them nothing else would have
    /// allowed; without a function, anyone's.
    #[must_use]
    pub fn uses(&self, function: Option<&str>, grant: &Grant) -> (u64, u64) {
        let (mut uses, mut needed) = (0, 0);
        for (kind, resources) in &self.0 {
            let is_theirs = function.is_none_or(|name| kind.function.as_deref() == Some(name));
            let allowance = kind.allowances.iter().find(|allowance| allowance.grant == *grant);
            if let Some(allowance) = allowance.filter(|_| is_theirs) {
                let count: u64 = resources.values().sum();
                uses += count;
                needed += if allowance.is_needed { count } else { 0 };
            }
        }
        (uses, needed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Calls, Grant, RESOURCES};

    #[test]
    fn many_resources_are_counted_in_bounded_memory() {
        let grant = Grant { policy: "Post".to_owned(), action: "a:Post".to_owned() };
        let mut calls = Calls::default();
        for resource in 0..10 * RESOURCES {
            let allowance = Allowance { grant: grant.clone(), is_needed: resource % 2 == 0 };
            calls.count(Some("send"), "a:Post", &resource.to_string(), Some(vec![allowance]));
        }
        calls.count(Some("send"), "a:Delete", "7", None);
        assert_eq!(calls.all().len(), 2 * (RESOURCES + 1) + 1);
        assert_eq!(
            calls.all().iter().map(|call| call.count).sum::<u64>(),
            10 * RESOURCES as u64 + 1
        );
        let uses = (10 * RESOURCES as u64, 5 * RESOURCES as u64);
        assert_eq!(calls.uses(Some("send"), &grant), uses);
        assert_eq!(calls.uses(Some("other"), &grant), (0, 0));
    }
}
