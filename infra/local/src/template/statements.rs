//! Policy documents. What is not understood is an error: it might be a denial.

use super::error::TemplateError;
use super::evaluate::Scope;
use super::node::{Node, Place};
use crate::iam::{Condition, Effect, Pattern, Policy, Selection, Statement};

/// A policy that a function has.
pub(super) fn of_function(
    scope: &Scope<'_>,
    name: &str,
    document: &Place<'_>,
) -> Result<Policy, TemplateError> {
    policy(scope, name, document, |statement| statement.only(PARTS))
}

/// A policy that a resource has, for everyone.
pub(super) fn of_resource(
    scope: &Scope<'_>,
    name: &str,
    document: &Place<'_>,
) -> Result<Policy, TemplateError> {
    policy(scope, name, document, |statement| {
        statement.only(&[PARTS, &["Principal"]].concat())?;
        let principal = statement.required("Principal")?;
        let everyone = principal.optional("AWS").unwrap_or_else(|| principal.clone());
        if scope.text(&everyone)?.as_deref() == Some("*") {
            Ok(())
        } else {
            Err(principal.error("the local stack understands \"*\" only"))
        }
    })
}

const PARTS: &[&str] =
    &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn policy(
    scope: &Scope<'_>,
    name: &str,
    document: &Place<'_>,
    check: impl Fn(&Place<'_>) -> Result<(), TemplateError>,
) -> Result<Policy, TemplateError> {
    document.only(&["Version", "Id", "Statement"])?;
    let list = document.required("Statement")?;
    let one = [list.node.clone()];
    let nodes = if let Node::List(nodes) = list.node { nodes.as_slice() } else { &one };
    let mut statements = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let place = Place::new(format!("{}[{index}]", list.path), node);
        check(&place)?;
        statements.push(statement(scope, &place)?);
    }
    Ok(Policy { name: name.to_owned(), is_aws: false, statements })
}

fn statement(scope: &Scope<'_>, place: &Place<'_>) -> Result<Statement, TemplateError> {
    let effect = place.required("Effect")?;
    let effect = match effect.literal()? {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        _ => return Err(effect.error("must be Allow or Deny")),
    };
    Ok(Statement {
        effect,
        actions: selection(scope, place, "Action", "NotAction")?,
        resources: selection(scope, place, "Resource", "NotResource")?,
        conditions: match place.optional("Condition") {
            Some(conditions) => self::conditions(scope, &conditions)?,
            None => Vec::new(),
        },
    })
}

fn selection(
    scope: &Scope<'_>,
    statement: &Place<'_>,
    those: &str,
    all_but: &str,
) -> Result<Selection, TemplateError> {
    let (place, kind): (_, fn(Vec<Pattern>) -> Selection) = match statement.optional(all_but) {
        Some(place) => (place, Selection::AllBut),
        None => (statement.required(those)?, Selection::Those),
    };
    let texts = scope.list(&place)?;
    if let Some(text) = texts.iter().find(|text| text.contains("${")) {
        return Err(
            place.error(format!("the local stack does not understand the variable in {text}"))
        );
    }
    Ok(kind(texts.into_iter().map(Pattern::new).collect()))
}

fn conditions(scope: &Scope<'_>, place: &Place<'_>) -> Result<Vec<Condition>, TemplateError> {
    let mut conditions = Vec::new();
    for (operator, lines) in place.members()? {
        for (key, values) in lines.members()? {
            let condition = Condition::new(operator, key, scope.list(&values)?);
            conditions.push(condition.map_err(|what| values.error(what))?);
        }
    }
    Ok(conditions)
}
