//! Walking through a document by names, through its references.

use serde_json::{Map, Value};

/// A part of a document, and where it is.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    document: &'static str,
    root: &'a Value,
    pointer: String,
    value: &'a Value,
}

impl<'a> Place<'a> {
    pub(crate) fn root(document: &'static str, root: &'a Value) -> Self {
        Self { document, root, pointer: String::new(), value: root }
    }

    /// The document's address.
    #[must_use]
    pub fn document(&self) -> &'static str {
        self.document
    }

    /// The place as a JSON pointer (RFC 6901).
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is there: for a reference, what it refers to within this document.
    #[must_use]
    pub fn value(&self) -> &'a Value {
        self.referred().value
    }

    /// The member or item of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Self> {
        // A description may stand beside a reference and goes before that of its target.
        let own = self.value.get(name).map(|_| self.clone());
        let holder = own.unwrap_or_else(|| self.referred());
        let value = match holder.value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?)?,
            other => other.get(name)?,
        };
        let token = name.replace('~', "~0").replace('/', "~1");
        Some(Self { pointer: format!("{}/{token}", holder.pointer), value, ..holder })
    }

    /// The place that these names lead to, one after the other.
    #[must_use]
    pub fn path(&self, names: &[&str]) -> Option<Self> {
        names.iter().try_fold(self.clone(), |place, name| place.get(name))
    }

    /// The members, with their names; none of what is no object.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let members = self.value().as_object().into_iter().flat_map(Map::keys);
        let place = self.clone();
        members.filter_map(move |name| Some((name.as_str(), place.get(name)?)))
    }

    /// The items; none of what is no array.
    pub fn items(&self) -> impl Iterator<Item = Self> {
        let count = self.value().as_array().map_or(0, Vec::len);
        let place = self.clone();
        (0..count).filter_map(move |index| place.get(&index.to_string()))
    }

    /// The last name of the place: a component's name, for what was referred to.
    #[must_use]
    pub fn name(&self) -> String {
        let pointer = self.referred().pointer;
        pointer.rsplit('/').next().unwrap_or_default().to_owned()
    }

    fn referred(&self) -> Self {
        let reference = self.value.get("$ref").and_then(Value::as_str);
        let Some(pointer) = reference.and_then(|reference| reference.strip_prefix('#')) else {
            return self.clone();
        };
        match self.root.pointer(pointer) {
            Some(value) => Self { pointer: pointer.to_owned(), value, ..self.clone() }.referred(),
            None => self.clone(),
        }
    }
}
