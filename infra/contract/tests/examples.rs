//! The documents' examples are examples of what they describe.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

use chat_contract::{Contract, Direction, Place};
use serde_json::{Value, json};

/// Every place of a document that has a schema of its own: bodies, parameters, headers.
fn described<'a>(place: &Place<'a>, found: &mut Vec<Place<'a>>) {
    if place.get("schema").is_some() {
        found.push(place.clone());
        return;
    }
    for (name, member) in place.members() {
        if !["schemas", "securitySchemes", "info", "links"].contains(&name) {
            described(&member, found);
        }
    }
    place.items().for_each(|item| described(&item, found));
}

/// The examples at such a place, or in its schema.
fn examples<'a>(place: &Place<'a>) -> Vec<&'a Value> {
    let several = place.get("examples");
    let several = several.iter().flat_map(Place::members);
    let several = several.filter_map(|(_, example)| Some(example.get("value")?.value()));
    several.chain(place.get("example").map(|example| example.value())).collect()
}

#[test]
fn every_http_example_fits() {
    let contract = Contract::read().unwrap();
    let mut places = Vec::new();
    described(&contract.openapi(), &mut places);
    let mut count = 0;
    for place in &places {
        for example in examples(place) {
            count += 1;
            let result = contract.schema(&place.get("schema").unwrap()).unwrap().check(example);
            assert_eq!(result, Ok(()), "{}", place.pointer());
        }
    }
    assert!(count > 50, "only {count} examples were found");
}

#[test]
fn every_http_body_has_an_example() {
    let contract = Contract::read().unwrap();
    let mut places = Vec::new();
    described(&contract.openapi(), &mut places);
    for place in places.iter().filter(|place| place.pointer().contains("/content/")) {
        assert!(!examples(place).is_empty(), "{} has none", place.pointer());
    }
}

#[test]
fn every_frame_has_examples_that_fit_and_fit_no_other() {
    let contract = Contract::read().unwrap();
    for direction in [Direction::Sent, Direction::Received] {
        for name in contract.messages(direction).into_keys() {
            let place = contract.asyncapi().path(&["components", "messages", &name, "examples"]);
            let place = place.unwrap_or_else(|| panic!("{name} has no example"));
            for example in place.items() {
                let frame = example.get("payload").unwrap().value();
                assert_eq!(contract.check_frame(direction, frame).as_ref(), Ok(&name));
            }
        }
    }
}

#[test]
fn a_member_more_or_less_is_noticed() {
    let contract = Contract::read().unwrap();
    let (mut more, mut less) = (0, 0);
    for (_, schema) in contract.openapi().path(&["components", "schemas"]).unwrap().members() {
        let Some(required) = schema.get("required") else { continue };
        let example = example_of(&contract, &schema);
        let Some(example) = example else { continue };
        let compiled = contract.schema(&schema).unwrap();
        let mut changed = example.clone();
        changed["surprise"] = json!(1);
        assert!(compiled.check(&changed).is_err(), "{}", schema.pointer());
        more += 1;
        for name in required.items() {
            let mut changed = example.clone();
            changed.as_object_mut().unwrap().remove(name.value().as_str().unwrap());
            assert!(compiled.check(&changed).is_err(), "{changed}");
            less += 1;
        }
    }
    assert!(more >= 10 && less >= 40, "{more} and {less} checks are too few");
}

/// Some example in the document that is of this schema.
fn example_of(contract: &Contract, schema: &Place<'_>) -> Option<Value> {
    let mut places = Vec::new();
    described(&contract.openapi(), &mut places);
    let schema = contract.schema(schema).unwrap();
    let mut examples = places.iter().flat_map(|place| examples(place));
    examples.find(|example| example.is_object() && schema.check(example).is_ok()).cloned()
}
