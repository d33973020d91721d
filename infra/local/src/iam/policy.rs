//! Policies: statements about requests.

use super::condition::{Condition, Context};
use super::pattern::Pattern;

/// A named list of statements.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What the template calls it.
    pub name: String,
    /// Whether it is AWS's own, so that nothing can be taken out of it.
    pub is_aws: bool,
    /// In the template's order.
    pub statements: Vec<Statement>,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Allow, or deny whatever else allows it.
    pub effect: Effect,
    /// `Action` or `NotAction`.
    pub actions: Selection,
    /// `Resource` or `NotResource`.
    pub resources: Selection,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
}

/// What a statement does with the requests that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// They are allowed unless something denies them.
    Allow,
    /// They are denied.
    Deny,
}

/// Some of all actions or resources.
#[derive(Clone, Debug)]
pub enum Selection {
    /// What one of the patterns covers.
    Those(Vec<Pattern>),
    /// What none of them covers.
    AllBut(Vec<Pattern>),
}

/// A request that somebody wants to make.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// For instance `s3:GetObject`.
    pub action: &'a str,
    /// An ARN.
    pub resource: &'a str,
    /// What conditions may ask.
    pub context: &'a Context,
}

/// An action, as a policy writes it: what can be taken away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The policy's name.
    pub policy: String,
    /// As the policy writes it.
    pub action: String,
}

impl Policy {
    /// Whether one of its statements of that effect is about the request.
    #[must_use]
    pub fn applies(&self, effect: Effect, request: Request<'_>) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.effect == effect && statement.is_about(request))
    }

    /// Every action that it allows, as it writes them; none if it is AWS's own.
    pub fn all_grants(&self) -> impl Iterator<Item = Grant> {
        let allowing = self.statements.iter().filter(|_| !self.is_aws);
        let allowing = allowing.filter(|statement| statement.effect == Effect::Allow);
        let actions = allowing.flat_map(|statement| statement.actions.patterns());
        actions.map(|action| self.grant(action))
    }

    pub(super) fn grants(&self, request: Request<'_>) -> impl Iterator<Item = Grant> {
        let allowing = self.statements.iter().filter(move |statement| {
            statement.effect == Effect::Allow && statement.is_about(request)
        });
        let actions = allowing.flat_map(move |statement| {
            let is_negated = matches!(statement.actions, Selection::AllBut(_));
            let covering = statement.actions.patterns().iter();
            covering.filter(move |action| is_negated != action.matches_action(request.action))
        });
        actions.map(|action| self.grant(action))
    }

    fn grant(&self, action: &Pattern) -> Grant {
        Grant { policy: self.name.clone(), action: action.as_str().to_owned() }
    }
}

impl Statement {
    fn is_about(&self, request: Request<'_>) -> bool {
        self.actions.selects(|action| action.matches_action(request.action))
            && self.resources.selects(|resource| resource.matches(request.resource))
            && self.conditions.iter().all(|condition| condition.holds(request.context))
    }
}

impl Selection {
    fn patterns(&self) -> &[Pattern] {
        match self {
            Self::Those(patterns) | Self::AllBut(patterns) => patterns,
        }
    }

    fn selects(&self, covers: impl Fn(&Pattern) -> bool) -> bool {
        match self {
            Self::Those(patterns) => patterns.iter().any(covers),
            Self::AllBut(patterns) => !patterns.iter().any(covers),
        }
    }
}
