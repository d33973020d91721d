//! The two documents, and schemas out of them.

use crate::Place;
use jsonschema::{Registry, Validator};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

/// The documents' addresses, which exist only here: one refers to the other by its file name.
const OPENAPI: &str = "https://contract.invalid/openapi.yaml";
const ASYNCAPI: &str = "https://contract.invalid/asyncapi.yaml";

/// What a JSON pointer cannot have in a URL's fragment (RFC 6901, section 6).
const NOT_IN_FRAGMENT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}').add(b'%');

/// The contract's two documents.
pub struct Contract {
    openapi: Value,
    asyncapi: Value,
    registry: Registry<'static>,
}

impl Contract {
    /// The contract as it stands in `docs/`.
    ///
    /// # Errors
    /// When a document is no YAML, or a reference in it leads nowhere.
    pub fn read() -> Result<Self, String> {
        let openapi = parse(include_str!("../../../docs/openapi.yaml"))?;
        let asyncapi = parse(include_str!("../../../docs/asyncapi.yaml"))?;
        let registry = Registry::new()
            .add(OPENAPI, closed(openapi.clone()))
            .and_then(|registry| registry.add(ASYNCAPI, closed(asyncapi.clone())))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| error.to_string())?;
        Ok(Self { openapi, asyncapi, registry })
    }

    /// `openapi.yaml`, from its root.
    #[must_use]
    pub fn openapi(&self) -> Place<'_> {
        Place::root(OPENAPI, &self.openapi)
    }

    /// `asyncapi.yaml`, from its root.
    #[must_use]
    pub fn asyncapi(&self) -> Place<'_> {
        Place::root(ASYNCAPI, &self.asyncapi)
    }

    /// The schema at this place, ready to be held against values.
    ///
    /// # Errors
    /// When it is no schema.
    pub fn schema(&self, place: &Place<'_>) -> Result<Schema, String> {
        let fragment = utf8_percent_encode(place.pointer(), NOT_IN_FRAGMENT);
        let reference = json!({"$ref": format!("{}#{fragment}", place.document())});
        let validator = jsonschema::options()
            .with_registry(&self.registry)
            .should_validate_formats(true)
            .build(&reference)
            .map_err(|error| format!("{}: {error}", place.pointer()))?;
        let is_integer = place.get("type").is_some_and(|kind| kind.value() == "integer");
        Ok(Schema { validator, is_integer })
    }
}

/// A schema with nothing left open.
pub struct Schema {
    validator: Validator,
    is_integer: bool,
}

impl Schema {
    /// Whether a value fits, with nothing in it that is not described.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let errors = self.validator.iter_errors(value);
        let errors: Vec<String> =
            errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    /// Whether a text, of a path, query string or header, stands for a value that fits.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub fn check_text(&self, text: &str) -> Result<(), String> {
        let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
        match number.filter(|_| self.is_integer) {
            Some(number) => self.check(&Value::from(number)),
            None => self.check(&Value::from(text)),
        }
    }
}

fn parse(text: &str) -> Result<Value, String> {
    serde_norway::from_str(text).map_err(|error| error.to_string())
}

/// The document with every object closed that lists its members and says nothing of others.
fn closed(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for member in members.values_mut() {
                *member = closed(member.take());
            }
            let lists_members = members.get("properties").is_some_and(Value::is_object);
            if members.get("type").is_some_and(|kind| kind == "object") && lists_members {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = closed(item.take())),
        _ => {}
    }
    value
}
