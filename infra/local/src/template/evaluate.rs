//! What the template's intrinsic functions come to on this machine.

use std::collections::BTreeMap;

use super::error::TemplateError;
use super::node::{Node, Place};
use crate::aws_names::{ACCOUNT_ID, PARTITION, REGION, STACK};

/// The template's parameters and conditions, with what the stack says about them.
pub(super) struct Scope<'a> {
    pub(super) parameters: Place<'a>,
    pub(super) conditions: Place<'a>,
    /// Parameter name → value, instead of the parameter's default.
    pub(super) overrides: &'a BTreeMap<String, String>,
    /// Logical id → what the resource is called on this machine.
    pub(super) resources: &'a BTreeMap<String, ResourceName>,
}

/// What a resource is called on this machine.
#[derive(Clone, Debug)]
pub(super) struct ResourceName {
    /// What `!Ref` gives.
    pub(super) reference: String,
    /// What `!GetAtt ….Arn` gives.
    pub(super) arn: Option<String>,
}

/// A value once everything in it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Known {
    Nothing,
    Text(String),
    List(Vec<String>),
}

impl Scope<'_> {
    /// The text a place comes to; `None` for `!Ref AWS::NoValue`.
    pub(super) fn text(&self, place: &Place<'_>) -> Result<Option<String>, TemplateError> {
        match self.evaluate(place)? {
            Known::Nothing => Ok(None),
            Known::Text(text) if text.contains("{{resolve:") => {
                Err(place.error("is a dynamic reference, which only CloudFormation can resolve"))
            }
            Known::Text(text) => Ok(Some(text)),
            // An environment variable that refers to a list parameter gets it comma-separated.
            Known::List(items) => Ok(Some(items.join(","))),
        }
    }

    /// The list a place comes to; a single text is a list of one.
    pub(super) fn list(&self, place: &Place<'_>) -> Result<Vec<String>, TemplateError> {
        match self.evaluate(place)? {
            Known::Nothing => Ok(Vec::new()),
            Known::Text(text) => Ok(vec![text]),
            Known::List(items) => Ok(items),
        }
    }

    /// A whole number.
    pub(super) fn number(&self, place: &Place<'_>) -> Result<u64, TemplateError> {
        let text = self.text(place)?.unwrap_or_default();
        text.parse().map_err(|_| place.error("must be a whole number"))
    }

    /// What an `!If` chooses, whatever it is; `None` for `AWS::NoValue`.
    pub(super) fn chosen<'n>(&self, place: Place<'n>) -> Result<Option<Place<'n>>, TemplateError> {
        let Node::Call(name, argument) = place.node else { return Ok(Some(place)) };
        match (name.as_str(), argument.as_ref()) {
            ("If", Node::List(parts)) if parts.len() == 3 => {
                let Node::Text(condition) = &parts[0] else {
                    return Err(place.error("!If must begin with a condition's name"));
                };
                let chosen = if self.condition(&place, condition)? { &parts[1] } else { &parts[2] };
                self.chosen(Place::new(place.path, chosen))
            }
            ("If", _) => Err(place.error("!If must have a condition and two values")),
            ("Ref", Node::Text(id)) if id == "AWS::NoValue" => Ok(None),
            _ => Ok(Some(place)),
        }
    }

    fn evaluate(&self, place: &Place<'_>) -> Result<Known, TemplateError> {
        match place.node {
            Node::Null => Ok(Known::Nothing),
            Node::Bool(value) => Ok(Known::Text(value.to_string())),
            Node::Number(value) | Node::Text(value) => Ok(Known::Text(value.clone())),
            Node::List(items) => {
                let mut list = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    list.extend(self.list(&Place::new(format!("{}[{index}]", place.path), item))?);
                }
                Ok(Known::List(list))
            }
            Node::Map(_) => Err(place.error("must be a text, not a map")),
            Node::Call(name, argument) => {
                self.call(place, name, &Place::new(place.path.clone(), argument))
            }
        }
    }

    fn call(
        &self,
        place: &Place<'_>,
        name: &str,
        argument: &Place<'_>,
    ) -> Result<Known, TemplateError> {
        match (name, argument.node) {
            ("Ref", Node::Text(id)) => self.reference(place, id),
            ("GetAtt", Node::Text(path)) => self.attribute(place, path),
            ("GetAtt", Node::List(parts)) => match parts.as_slice() {
                [Node::Text(id), Node::Text(name)] => {
                    self.attribute(place, &format!("{id}.{name}"))
                }
                _ => Err(place.error("!GetAtt must have a resource and an attribute")),
            },
            ("Sub", Node::Text(text)) => Ok(Known::Text(self.substitute(place, text, None)?)),
            ("Sub", Node::List(parts)) => match parts.as_slice() {
                [Node::Text(text), variables] => {
                    Ok(Known::Text(self.substitute(place, text, Some(variables))?))
                }
                _ => Err(place.error("!Sub must have a text and a map")),
            },
            ("Join", Node::List(parts)) => match parts.as_slice() {
                [Node::Text(separator), items] => {
                    let items = self.list(&Place::new(place.path.clone(), items))?;
                    Ok(Known::Text(items.join(separator)))
                }
                _ => Err(place.error("!Join must have a separator and a list")),
            },
            ("If", _) => match self.chosen(place.clone())? {
                Some(chosen) => self.evaluate(&chosen),
                None => Ok(Known::Nothing),
            },
            _ => Err(place.error(format!("!{name} cannot be resolved on this machine"))),
        }
    }

    /// `!Ref`: a pseudo parameter or a parameter of the template.
    fn reference(&self, place: &Place<'_>, id: &str) -> Result<Known, TemplateError> {
        match id {
            "AWS::NoValue" => return Ok(Known::Nothing),
            "AWS::Region" => return Ok(Known::Text(REGION.to_owned())),
            "AWS::AccountId" => return Ok(Known::Text(ACCOUNT_ID.to_owned())),
            "AWS::Partition" => return Ok(Known::Text(PARTITION.to_owned())),
            "AWS::URLSuffix" => return Ok(Known::Text("amazonaws.com".to_owned())),
            "AWS::StackName" => return Ok(Known::Text(STACK.to_owned())),
            _ => {}
        }
        let Some(parameter) = self.parameters.optional(id) else {
            if let Some(resource) = self.resources.get(id) {
                return Ok(Known::Text(resource.reference.clone()));
            }
            return Err(place.error(format!(
                "!Ref {id} is not a parameter, so its value is not known on this machine"
            )));
        };
        let value = match (self.overrides.get(id), parameter.optional("Default")) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => match self.evaluate(&default)? {
                Known::Text(text) => text,
                _ => return Err(default.error("must be a text or a number")),
            },
            (None, None) => {
                return Err(place
                    .error(format!("the parameter {id} has no default and no value was given")));
            }
        };
        let kind = parameter.required("Type")?.literal()?;
        if kind == "CommaDelimitedList" || kind.starts_with("List<") {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            return Ok(Known::List(items.map(str::to_owned).collect()));
        }
        Ok(Known::Text(value))
    }

    /// `!GetAtt`: the ARN of a resource.
    fn attribute(&self, place: &Place<'_>, path: &str) -> Result<Known, TemplateError> {
        let resource = path.strip_suffix(".Arn").and_then(|id| self.resources.get(id));
        let arn = resource.and_then(|resource| resource.arn.clone());
        arn.map(Known::Text).ok_or_else(|| {
            place.error(format!("!GetAtt cannot be resolved on this machine: {path}"))
        })
    }

    /// `!Sub`: `${Name}` stands for a variable, a pseudo parameter or a parameter; `${!x}` for itself.
    fn substitute(
        &self,
        place: &Place<'_>,
        text: &str,
        variables: Option<&Node>,
    ) -> Result<String, TemplateError> {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let end =
                rest[start..].find('}').ok_or_else(|| place.error("!Sub has no closing brace"))?
                    + start;
            let name = &rest[start + 2..end];
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
            } else if let Some(node) = variables.and_then(|variables| variables.get(name)) {
                result.push_str(
                    &self.text(&Place::new(place.path.clone(), node))?.unwrap_or_default(),
                );
            } else {
                let is_attribute = name.contains('.') && !name.starts_with("AWS::");
                let known = if is_attribute {
                    self.attribute(place, name)
                } else {
                    self.reference(place, name)
                };
                match known? {
                    Known::Nothing => {}
                    Known::Text(value) => result.push_str(&value),
                    Known::List(items) => result.push_str(&items.join(",")),
                }
            }
            rest = &rest[end + 1..];
        }
        result.push_str(rest);
        Ok(result)
    }

    /// Whether the condition of that name holds.
    pub(super) fn condition(&self, place: &Place<'_>, name: &str) -> Result<bool, TemplateError> {
        let condition = self
            .conditions
            .optional(name)
            .ok_or_else(|| place.error(format!("there is no condition {name}")))?;
        self.holds(&condition)
    }

    fn holds(&self, condition: &Place<'_>) -> Result<bool, TemplateError> {
        let inner = |node| Place::new(condition.path.clone(), node);
        match condition.node {
            Node::Call(name, argument) => {
                match (name.as_str(), argument.as_ref()) {
                    ("Equals", Node::List(sides)) if sides.len() == 2 => {
                        Ok(self.evaluate(&inner(&sides[0]))? == self.evaluate(&inner(&sides[1]))?)
                    }
                    ("Not", Node::List(items)) if items.len() == 1 => {
                        Ok(!self.holds(&inner(&items[0]))?)
                    }
                    ("And", Node::List(items)) => {
                        self.each(condition, items).map(|held| held.iter().all(|held| *held))
                    }
                    ("Or", Node::List(items)) => {
                        self.each(condition, items).map(|held| held.iter().any(|held| *held))
                    }
                    ("Condition", Node::Text(name)) => self.condition(condition, name),
                    _ => Err(condition
                        .error(format!("!{name} is not a condition the local stack knows"))),
                }
            }
            Node::Map(members) => match members.as_slice() {
                [(key, Node::Text(name))] if key == "Condition" => self.condition(condition, name),
                _ => Err(condition.error("is not a condition")),
            },
            _ => Err(condition.error("is not a condition")),
        }
    }

    fn each(&self, condition: &Place<'_>, items: &[Node]) -> Result<Vec<bool>, TemplateError> {
        items.iter().map(|item| self.holds(&Place::new(condition.path.clone(), item))).collect()
    }
}
