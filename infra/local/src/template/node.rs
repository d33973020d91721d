//! The template as a tree: YAML with CloudFormation's intrinsic functions as nodes of their own.

use std::fmt;

use serde_norway::Value;

use super::error::TemplateError;

/// One value of the template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    /// As it would be written in a text.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// An intrinsic function without its `Fn::` prefix (`Ref`, `Sub`, `GetAtt`, …) and its argument.
    Call(String, Box<Node>),
}

impl Node {
    /// The member of a map.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Map(members) => {
                members.iter().find(|(name, _)| name == key).map(|(_, node)| node)
            }
            _ => None,
        }
    }
}

/// Turns YAML into nodes; `!Ref x` and `{Ref: x}` become the same.
pub(super) fn from_yaml(value: Value) -> Result<Node, TemplateError> {
    Ok(match value {
        Value::Null => Node::Null,
        Value::Bool(value) => Node::Bool(value),
        Value::Number(value) => Node::Number(value.to_string()),
        Value::String(value) => Node::Text(value),
        Value::Sequence(items) => {
            Node::List(items.into_iter().map(from_yaml).collect::<Result<_, _>>()?)
        }
        Value::Mapping(members) => map_or_call(members)?,
        Value::Tagged(tagged) => {
            let name = tagged.tag.to_string().trim_start_matches('!').to_owned();
            Node::Call(name, Box::new(from_yaml(tagged.value)?))
        }
    })
}

fn map_or_call(members: serde_norway::Mapping) -> Result<Node, TemplateError> {
    let mut map = Vec::with_capacity(members.len());
    for (key, value) in members {
        let key = match key {
            Value::String(key) => key,
            Value::Number(key) => key.to_string(),
            _ => return Err(TemplateError::new("(file)", "a key is neither text nor a number")),
        };
        map.push((key, from_yaml(value)?));
    }
    if let [(key, _)] = map.as_slice()
        && let Some(name) = intrinsic(key)
    {
        let name = name.to_owned();
        let (_, argument) = map.remove(0);
        return Ok(Node::Call(name, Box::new(argument)));
    }
    Ok(Node::Map(map))
}

fn intrinsic(key: &str) -> Option<&str> {
    match key {
        "Ref" | "Condition" => (key == "Ref").then_some(key),
        _ => key.strip_prefix("Fn::"),
    }
}

/// A node together with where it stands, so that every complaint can name the place.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) path: String,
    pub(super) node: &'a Node,
}

impl<'a> Place<'a> {
    pub(super) fn new(path: impl Into<String>, node: &'a Node) -> Self {
        Self { path: path.into(), node }
    }

    /// An error about this place.
    pub(super) fn error(&self, what: impl fmt::Display) -> TemplateError {
        TemplateError::new(&self.path, what)
    }

    /// The member `key`, if it is there.
    pub(super) fn optional(&self, key: &str) -> Option<Place<'a>> {
        let node = self.node.get(key)?;
        Some(Place::new(format!("{}.{key}", self.path), node))
    }

    /// The member `key`, which must be there.
    pub(super) fn required(&self, key: &str) -> Result<Place<'a>, TemplateError> {
        self.optional(key).ok_or_else(|| self.error(format!("{key} is missing")))
    }

    /// The members of a map, each with its own place.
    pub(super) fn members(&self) -> Result<Vec<(&'a str, Place<'a>)>, TemplateError> {
        match self.node {
            Node::Map(members) => Ok(members
                .iter()
                .map(|(key, node)| (key.as_str(), Place::new(format!("{}.{key}", self.path), node)))
                .collect()),
            _ => Err(self.error("must be a map")),
        }
    }

    /// The items of a list, each with its own place.
    pub(super) fn items(&self) -> Result<Vec<Place<'a>>, TemplateError> {
        match self.node {
            Node::List(items) => Ok(items
                .iter()
                .enumerate()
                .map(|(index, node)| Place::new(format!("{}[{index}]", self.path), node))
                .collect()),
            _ => Err(self.error("must be a list")),
        }
    }

    /// Refuses members that this program does not know.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), TemplateError> {
        for (key, place) in self.members()? {
            if !known.contains(&key) {
                return Err(place.error("is not something the local stack knows how to honor"));
            }
        }
        Ok(())
    }

    /// A text without any intrinsic function.
    pub(super) fn literal(&self) -> Result<&'a str, TemplateError> {
        match self.node {
            Node::Text(text) => Ok(text),
            _ => Err(self.error("must be a plain text")),
        }
    }

    /// The logical id of the resource that `!Ref X` or `!GetAtt X.Arn` points at.
    pub(super) fn resource(&self) -> Result<&'a str, TemplateError> {
        if let Node::Call(name, argument) = self.node {
            match (name.as_str(), argument.as_ref()) {
                ("Ref", Node::Text(id)) => return Ok(id),
                ("GetAtt", Node::Text(path)) => {
                    return path.strip_suffix(".Arn").ok_or_else(|| self.error("must end in .Arn"));
                }
                ("GetAtt", Node::List(parts)) => {
                    if let [Node::Text(id), Node::Text(attribute)] = parts.as_slice()
                        && attribute == "Arn"
                    {
                        return Ok(id);
                    }
                }
                _ => {}
            }
        }
        Err(self.error("must be !Ref or !GetAtt ….Arn of a resource in this template"))
    }
}
