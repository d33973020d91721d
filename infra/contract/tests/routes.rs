//! The template's routes are the document's operations.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

use chat_contract::Contract;
use serde_json::Value;
use std::collections::BTreeMap;

/// Method and route of every function that the HTTP API has, with the function's name.
fn routes() -> BTreeMap<String, String> {
    let template = include_str!("../../../template.yaml");
    let template: serde_norway::Value = serde_norway::from_str(template).unwrap();
    let mut routes = BTreeMap::new();
    for (_, resource) in template["Resources"].as_mapping().unwrap() {
        if resource["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        let name = resource["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        let events = resource["Properties"].get("Events").and_then(|events| events.as_mapping());
        for (_, event) in events.into_iter().flatten() {
            if event["Type"] == "HttpApi" {
                let text = |key: &str| event["Properties"][key].as_str().unwrap().to_owned();
                routes.insert(format!("{} {}", text("Method"), text("Path")), name.to_owned());
            }
        }
    }
    routes
}

/// `create-session` for `createSession`.
fn function_name(operation_id: &Value) -> String {
    let mut name = String::new();
    for c in operation_id.as_str().unwrap().chars() {
        if c.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[test]
fn every_route_is_an_operation_and_every_operation_a_route() {
    let contract = Contract::read().unwrap();
    let operations: BTreeMap<String, String> = contract
        .operations()
        .into_iter()
        .map(|(operation, place)| (operation, function_name(&place.value()["operationId"])))
        .collect();
    assert!(!operations.is_empty());
    assert_eq!(operations, routes());
}

#[test]
fn every_parameter_in_a_path_is_described() {
    let contract = Contract::read().unwrap();
    for (path, route) in contract.openapi().get("paths").unwrap().members() {
        let in_path: Vec<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')).collect();
        let described = route.get("parameters");
        let described: Vec<_> = described.iter().flat_map(chat_contract::Place::items).collect();
        let names: Vec<String> = described
            .iter()
            .map(|parameter| format!("{}}}", parameter.value()["name"].as_str().unwrap()))
            .collect();
        assert_eq!(names, in_path, "{path}");
    }
}
