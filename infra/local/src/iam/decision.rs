//! What comes of all policies that apply to a request.

use std::fmt;
use std::sync::Arc;

use super::policy::{Effect, Grant, Policy, Request};

/// What a function may do.
#[derive(Clone, Debug)]
pub struct Rights {
    /// The name of its role.
    pub role: String,
    /// Its own policies.
    pub policies: Vec<Arc<Policy>>,
    /// The most that it may do.
    pub boundary: Option<Arc<Policy>>,
}

/// A grant that allows a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allowance {
    /// The grant.
    pub grant: Grant,
    /// Whether the request would be refused without it.
    pub is_needed: bool,
}

/// Why a request is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// None of the function's own policies allows it.
    NoPolicy,
    /// Its boundary does not allow it.
    NoBoundary,
    /// One of its own policies denies it.
    DeniedByPolicy,
    /// Its boundary denies it.
    DeniedByBoundary,
    /// The resource's policy denies it.
    DeniedByResource,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoPolicy => "because no identity-based policy allows the action",
            Self::NoBoundary => "because no permissions boundary allows the action",
            Self::DeniedByPolicy => "with an explicit deny in an identity-based policy",
            Self::DeniedByBoundary => "with an explicit deny in a permissions boundary",
            Self::DeniedByResource => "with an explicit deny in a resource-based policy",
        })
    }
}

impl Rights {
    /// Whether the request is allowed when the resources' own policies are these, and by which grants. As
    /// IAM decides within one account: a denial anywhere wins, then the boundary must allow it, and one of
    /// the function's or the resource's policies.
    ///
    /// # Errors
    /// Why it is not allowed.
    pub fn decide(
        &self,
        of_resources: &[Policy],
        request: Request<'_>,
    ) -> Result<Vec<Allowance>, Refusal> {
        let denies = |policy: &Policy| policy.applies(Effect::Deny, request);
        if of_resources.iter().any(denies) {
            return Err(Refusal::DeniedByResource);
        }
        if self.policies.iter().any(|policy| denies(policy)) {
            return Err(Refusal::DeniedByPolicy);
        }
        let mut allowances = Vec::new();
        if let Some(boundary) = &self.boundary {
            if denies(boundary) {
                return Err(Refusal::DeniedByBoundary);
            }
            allowances.extend(any(boundary.grants(request)).ok_or(Refusal::NoBoundary)?);
        }
        let own = self.policies.iter().map(AsRef::as_ref).chain(of_resources);
        let own = own.flat_map(|policy| policy.grants(request));
        allowances.extend(any(own).ok_or(Refusal::NoPolicy)?);
        Ok(allowances)
    }
}

/// These grants, of which one is enough; nothing if there is none.
fn any(grants: impl Iterator<Item = Grant>) -> Option<Vec<Allowance>> {
    let grants: Vec<Grant> = grants.collect();
    let is_needed = grants.len() == 1;
    let allowances = grants.into_iter().map(|grant| Allowance { grant, is_needed });
    Some(allowances.collect()).filter(|allowances: &Vec<_>| !allowances.is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::condition::Context;
    use super::super::pattern::Pattern;
    use super::super::policy::{Effect, Selection, Statement};
    use super::{Policy, Refusal, Request, Rights};

    fn policy(name: &str, effect: Effect, action: &str, resource: &str) -> Policy {
        let those = |text: &str| Selection::Those(vec![Pattern::new(text)]);
        let (actions, resources) = (those(action), those(resource));
        let statement = Statement { effect, actions, resources, conditions: Vec::new() };
        Policy { name: name.to_owned(), is_aws: false, statements: vec![statement] }
    }

    fn rights(policies: Vec<Policy>, boundary: Option<Policy>) -> Rights {
        let policies = policies.into_iter().map(Arc::new).collect();
        Rights { role: "role".to_owned(), policies, boundary: boundary.map(Arc::new) }
    }

    /// How many grants the request needs.
    fn decide(rights: &Rights, of_resources: &[Policy], action: &str) -> Result<usize, Refusal> {
        let context = Context::default();
        let request = Request { action, resource: "arn:bucket/key", context: &context };
        let allowances = rights.decide(of_resources, request)?;
        Ok(allowances.iter().filter(|allowance| allowance.is_needed).count())
    }

    #[test]
    fn nothing_is_allowed_that_no_policy_allows() {
        let reads =
            rights(vec![policy("Read", Effect::Allow, "s3:GetObject", "arn:bucket/*")], None);
        assert_eq!(decide(&reads, &[], "s3:GetObject"), Ok(1));
        assert_eq!(decide(&reads, &[], "s3:PutObject"), Err(Refusal::NoPolicy));
        let elsewhere = policy("Read", Effect::Allow, "s3:GetObject", "arn:other/*");
        let elsewhere = rights(vec![elsewhere], None);
        assert_eq!(decide(&elsewhere, &[], "s3:GetObject"), Err(Refusal::NoPolicy));
    }

    #[test]
    fn a_denial_wins_wherever_it_stands() {
        let all = || policy("All", Effect::Allow, "*", "*");
        let not = || policy("Not", Effect::Deny, "s3:*", "arn:bucket/*");
        let own = rights(vec![all(), not()], None);
        assert_eq!(decide(&own, &[], "s3:GetObject"), Err(Refusal::DeniedByPolicy));
        let bounded = rights(vec![all()], Some(not()));
        assert_eq!(decide(&bounded, &[], "s3:GetObject"), Err(Refusal::DeniedByBoundary));
        let resource = rights(vec![all()], None);
        assert_eq!(decide(&resource, &[not()], "s3:GetObject"), Err(Refusal::DeniedByResource));
        assert_eq!(decide(&resource, &[not()], "sqs:SendMessage"), Ok(1));
    }

    #[test]
    fn a_boundary_bounds_and_grants_nothing() {
        let boundary = || Some(policy("Boundary", Effect::Allow, "s3:GetObject", "*"));
        let bounded = rights(vec![policy("All", Effect::Allow, "*", "*")], boundary());
        assert_eq!(decide(&bounded, &[], "s3:GetObject"), Ok(2));
        assert_eq!(decide(&bounded, &[], "s3:PutObject"), Err(Refusal::NoBoundary));
        let only_bounded = rights(Vec::new(), boundary());
        assert_eq!(decide(&only_bounded, &[], "s3:GetObject"), Err(Refusal::NoPolicy));
    }

    #[test]
    fn a_grant_counts_as_needed_when_nothing_else_would_do() {
        let read = || policy("Read", Effect::Allow, "s3:GetObject", "*");
        let twice = rights(vec![read(), policy("All", Effect::Allow, "s3:*", "*")], Some(read()));
        assert_eq!(decide(&twice, &[], "s3:GetObject"), Ok(1));
        let once = rights(vec![read()], Some(read()));
        assert_eq!(decide(&once, &[], "s3:GetObject"), Ok(2));
    }

    #[test]
    fn what_is_named_by_exception_is_left_out() {
        let statement = Statement {
            effect: Effect::Allow,
            actions: Selection::AllBut(vec![Pattern::new("s3:Delete*")]),
            resources: Selection::AllBut(vec![Pattern::new("arn:secret/*")]),
            conditions: Vec::new(),
        };
        let policy = Policy { name: "Most".to_owned(), is_aws: false, statements: vec![statement] };
        let most = rights(vec![policy], None);
        assert_eq!(decide(&most, &[], "s3:GetObject"), Ok(1));
        assert_eq!(decide(&most, &[], "s3:DeleteObject"), Err(Refusal::NoPolicy));
    }
}
