//! What functions and gateways are told of this stack.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use std::collections::BTreeMap;
use std::path::Path;

use chat_endpoints::{DatabaseUrls, Endpoints};
use chat_local::functions::jwt_settings;
use chat_local::http_api::JwtSettings;
use chat_local::settings::Settings;

fn endpoints(stage: &str) -> Endpoints {
    Endpoints::new(3000, DatabaseUrls::default(), Path::new("stack.log"), stage)
}

fn jwt(variables: [(&str, &str); 2]) -> JwtSettings {
    let variables: BTreeMap<_, _> =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    jwt_settings(&Settings::from_variables(variables).unwrap(), &endpoints("default"))
}

#[test]
fn an_empty_variable_counts_as_unset_for_the_jwt_authorizer_too() {
    let own = jwt([("IDENTITY_ISSUER", ""), ("IDENTITY_AUDIENCES", "")]);
    assert_eq!(own.issuer, "http://127.0.0.1:3004");
    assert_eq!(own.audiences, [chat_local::identity::CLIENT_ID]);
    let given = jwt([("IDENTITY_ISSUER", "https://pool.example"), ("IDENTITY_AUDIENCES", "a, b")]);
    assert_eq!(given.issuer, "https://pool.example");
    assert_eq!(given.audiences, ["a", "b"]);
}

#[test]
fn the_web_socket_api_is_where_its_stage_is() {
    let endpoints = endpoints("beta");
    assert_eq!(endpoints.ws_api, "ws://127.0.0.1:3001/beta");
    assert_eq!(endpoints.management_api, "http://127.0.0.1:3001/beta");
}
