//! Who has which credentials and rights, and what they did with them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::calls::{Call, Calls};
use super::condition::{Context, PRINCIPAL};
use super::credentials::Credentials;
use super::decision::{Refusal, Rights};
use super::policy::{Grant, Policy, Request};
use super::uses::Use;
use crate::aws_names::{ACCOUNT_ID, role_arn};

/// Somebody who makes requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Whoever runs the stack; may do everything.
    Operator,
    /// A function, by its name.
    Function(String),
}

/// Everybody's credentials and rights.
#[derive(Debug)]
pub struct Iam {
    operator: Credentials,
    functions: BTreeMap<String, Member>,
    /// Access key id → function; the operator's is not among them.
    by_key: BTreeMap<String, String>,
    of_resources: Vec<Policy>,
    calls: Mutex<Calls>,
}

#[derive(Debug)]
struct Member {
    credentials: Credentials,
    rights: Rights,
}

/// A request that is not allowed, in the words of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial(String);

impl fmt::Display for Denial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Iam {
    /// New credentials for each of these functions and for the operator.
    #[must_use]
    pub fn new(
        functions: impl IntoIterator<Item = (String, Rights)>,
        of_resources: Vec<Policy>,
    ) -> Self {
        let member = |rights| Member { credentials: Credentials::generate(), rights };
        let functions: BTreeMap<_, _> =
            functions.into_iter().map(|(name, rights)| (name, member(rights))).collect();
        let by_key = functions
            .iter()
            .map(|(name, member)| (member.credentials.access_key_id.clone(), name.clone()))
            .collect();
        let (operator, calls) = (Credentials::generate(), Mutex::default());
        Self { operator, functions, by_key, of_resources, calls }
    }

    /// Somebody's credentials; none if there is no such function.
    #[must_use]
    pub fn credentials(&self, principal: &Principal) -> Option<&Credentials> {
        match principal {
            Principal::Operator => Some(&self.operator),
            Principal::Function(name) => self.functions.get(name).map(|member| &member.credentials),
        }
    }

    /// Whose key it is.
    #[must_use]
    pub fn owner(&self, access_key_id: &str) -> Option<(Principal, &Credentials)> {
        let principal = if access_key_id == self.operator.access_key_id {
            Principal::Operator
        } else {
            Principal::Function(self.by_key.get(access_key_id)?.clone())
        };
        let credentials = self.credentials(&principal)?;
        Some((principal, credentials))
    }

    /// Notes the call, and whether it is allowed.
    ///
    /// # Errors
    /// When it is not.
    pub fn authorize(
        &self,
        principal: &Principal,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> Result<(), Denial> {
        let Principal::Function(name) = principal else {
            self.lock_calls().count(None, action, resource, Some(Vec::new()));
            return Ok(());
        };
        let member = self.functions.get(name);
        let role = member.map_or(name.as_str(), |member| &member.rights.role);
        let context = context.clone().with(PRINCIPAL, role_arn(role));
        let request = Request { action, resource, context: &context };
        let decision = match member {
            Some(member) => member.rights.decide(&self.of_resources, request),
            None => Err(Refusal::NoPolicy),
        };
        let grants = decision.as_ref().ok().cloned();
        self.lock_calls().count(Some(name), action, resource, grants);
        decision.map(drop).map_err(|refusal| self.denial(name, request, refusal))
    }

    /// Every distinct call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock_calls().all()
    }

    /// Every action that the template's policies grant, function by function, then those of the
    /// boundaries, which are to be of use to someone.
    #[must_use]
    pub fn uses(&self) -> Vec<Use> {
        let calls = self.lock_calls();
        let of = |function: Option<&str>, grant: Grant| {
            let (uses, needed) = calls.uses(function, &grant);
            Use {
                uses,
                needed,
                function: function.map(str::to_owned),
                policy: grant.policy,
                action: grant.action,
            }
        };
        let mut uses = Vec::new();
        for (name, member) in &self.functions {
            let grants = member.rights.policies.iter().flat_map(|policy| policy.all_grants());
            uses.extend(grants.map(|grant| of(Some(name), grant)));
        }
        let boundaries =
            self.functions.values().filter_map(|member| member.rights.boundary.as_ref());
        let bounds: BTreeMap<_, _> =
            boundaries.map(|boundary| (boundary.name.as_str(), boundary)).collect();
        let bounds = bounds.values().flat_map(|boundary| boundary.all_grants());
        uses.extend(bounds.map(|grant| of(None, grant)));
        uses
    }

    fn denial(&self, name: &str, request: Request<'_>, refusal: Refusal) -> Denial {
        let role = self.functions.get(name).map_or(name, |member| &member.rights.role);
        let (action, resource) = (request.action, request.resource);
        let why = refusal.to_string().replace("the action", &format!("the {action} action"));
        Denial(format!(
            "User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role}/{name} is not authorized to perform: \
             {action} on resource: {resource} {why}"
        ))
    }

    fn lock_calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
