//! The template is honored, or refused in one clear line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chat_local::template::{HttpRoute, ScheduleSpec, Template};

const FUNCTION: &str = r"
Parameters:
  Url: {Type: String}
  Level: {Type: String, Default: info}
  Count: {Type: Number, Default: 30}
  Origins: {Type: CommaDelimitedList, Default: 'https://a.example, https://b.example'}
Conditions:
  Loud: !Equals [!Ref Level, debug]
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 10
    Environment:
      Variables:
        LEVEL: !Ref Level
        COUNT: !Ref Count
        URL: !Ref Url
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: worker}}
    Properties:
      MemorySize: 256
      Environment:
        Variables:
          COUNT: '7'
          JOINED: !Join ['+', !Ref Origins]
          SUBSTITUTED: !Sub '${AWS::Region}/${Level}/${!Literal}'
          CHOSEN: !If [Loud, loud, !Ref 'AWS::NoValue']
      Events:
        Clock: {Type: Schedule, Properties: {Schedule: rate(2 minutes)}}
";

fn values<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn parse(text: &str) -> Result<Template, String> {
    Template::parse("template.yaml", text, BTreeMap::new()).map_err(|error| error.to_string())
}

#[test]
fn a_functions_settings_are_its_own_over_those_of_all() {
    let template = parse(FUNCTION).unwrap();
    let function = &template.functions[0];
    assert_eq!((function.name.as_str(), function.logical_id.as_str()), ("worker", "Worker"));
    assert_eq!((function.timeout, function.memory_mb), (Duration::from_secs(10), 256));
    assert_eq!(
        function.schedules,
        [ScheduleSpec { name: "Clock".to_owned(), every: Duration::from_mins(2) }]
    );
    let variables = template.resolve(function, &values([("URL", "supplied")])).unwrap();
    let expected = [
        ("COUNT", "7"),
        ("JOINED", "https://a.example+https://b.example"),
        ("LEVEL", "info"),
        ("SUBSTITUTED", "eu-central-1/info/${Literal}"),
        ("URL", "supplied"),
    ];
    assert_eq!(variables, values(expected));
}

#[test]
fn a_parameters_value_goes_before_a_supplied_one_and_that_before_the_default() {
    let parameters = values([("Url", "by parameter"), ("Level", "debug")]);
    let template = Template::parse("template.yaml", FUNCTION, parameters).unwrap();
    let supplied = values([("URL", "supplied"), ("LEVEL", "supplied"), ("COUNT", "supplied")]);
    let variables = template.resolve(&template.functions[0], &supplied).unwrap();
    assert_eq!(variables["URL"], "by parameter");
    assert_eq!(variables["LEVEL"], "debug");
    assert_eq!(variables["COUNT"], "supplied");
    assert_eq!(variables["CHOSEN"], "loud");
}

#[test]
fn a_variable_without_a_value_is_named() {
    let template = parse(FUNCTION).unwrap();
    let error = template.resolve(&template.functions[0], &BTreeMap::new()).unwrap_err().to_string();
    assert_eq!(
        error,
        "template.yaml: Worker.Environment.Variables.URL: the parameter Url has no default and no value was given"
    );
}

#[test]
fn what_the_stack_cannot_honor_is_one_clear_line() {
    let cases = [
        (
            "Type: Schedule,",
            "Type: SQS,",
            "Worker.Properties.Events.Clock.Type: the local stack does not know SQS events",
        ),
        (
            "Clock: {",
            "First: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}\n        Clock: {",
            "Worker.Properties.Events.Clock: the local stack knows one schedule for a function only",
        ),
        (
            "rate(2 minutes)",
            "cron(0 1 * * ? *)",
            "Worker.Properties.Events.Clock.Properties.Schedule: must be rate(",
        ),
        (
            "MemorySize: 256",
            "Layers: [x]",
            "Worker.Properties.Layers: is not something the local stack knows",
        ),
        (
            "MemorySize: 256",
            "MemorySize: much",
            "Worker.Properties.MemorySize: must be a whole number",
        ),
        (
            "MemorySize: 256",
            "Timeout: !GetAtt A.B",
            "Worker.Properties.Timeout: !GetAtt cannot be resolved",
        ),
        (
            "Runtime: provided.al2023",
            "Runtime: python3.13",
            "Globals.Function.Runtime: must be provided.al2023",
        ),
        (
            "AWS::Serverless::Function",
            "AWS::SQS::Queue",
            "Worker: the local stack does not know AWS::SQS::Queue",
        ),
        ("BuildProperties: {", "BuildProperty: {", "Worker.Metadata: BuildProperties is missing"),
        ("Globals:", "Mappings:", "(template).Mappings: is not something the local stack knows"),
        ("Clock: {Type", "Clock: {Tipe", "Worker.Properties.Events.Clock: Type is missing"),
        (
            "Type: Schedule, Properties: {Schedule: rate(2 minutes)}",
            "Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /}",
            "Worker.Properties.Events.Clock.Properties: there is no HTTP API Api",
        ),
    ];
    for (correct, wrong, expected) in cases {
        assert!(FUNCTION.contains(correct), "{correct}");
        let error = parse(&FUNCTION.replacen(correct, wrong, 1)).unwrap_err();
        assert!(error.contains(expected), "{wrong}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let error = parse("Resources: [").unwrap_err();
    assert!(error.starts_with("template.yaml: ") && error.lines().count() == 1, "{error}");
}

#[test]
fn the_projects_own_template_is_understood() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = Template::load(&file, BTreeMap::new()).unwrap();
    let http_api = template.http_api.unwrap();
    let send = HttpRoute {
        method: "POST".to_owned(),
        path: "/sessions/{session_id}/messages".to_owned(),
        function: "send-message".to_owned(),
        authorized: true,
    };
    assert!(http_api.routes.contains(&send), "{:?}", http_api.routes);
    let ws_api = template.ws_api.unwrap();
    assert_eq!(ws_api.authorizer.as_deref(), Some("ws-authorize"));
    assert_eq!(ws_api.routes["$connect"], "ws-connect");
    assert_eq!(ws_api.stage, "default");
}

#[test]
fn fuzz_templates() {
    let words = [
        "!Ref ",
        "!Sub ",
        "!If [",
        "&a ",
        "*a",
        "Type: ",
        "- ",
        "\n  ",
        "{",
        "]",
        "Properties:",
        "${",
        "<<: ",
    ];
    let corpus = chat_fuzz::Corpus::new([FUNCTION], words);
    let parse = |bytes: &[u8]| {
        Template::parse("template.yaml", &String::from_utf8_lossy(bytes), BTreeMap::new())
    };
    corpus.hunt(|bytes| drop(parse(bytes)));
    // A bug that only a template which is still one, and longer, comes to.
    assert!(corpus.finds(|bytes| parse(bytes).is_ok() && bytes.len() > FUNCTION.len() + 12));
}
