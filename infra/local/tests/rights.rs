//! The rights of a template are read whole, or refused in one clear line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use std::collections::BTreeMap;

use chat_local::functions;
use chat_local::iam::{Context, Effect, Iam, Principal, Request};
use chat_local::rights;
use chat_local::settings::Settings;
use chat_local::template::Template;

const IMAGE: &str = "arn:aws:s3:::chat-images/sessions/7/a.jpg";

/// The project's own template, or a changed copy of it that `TEMPLATE` names.
fn project() -> Template {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    let template = std::env::var("TEMPLATE").unwrap_or_else(|_| template.to_owned());
    let variables = BTreeMap::from([("TEMPLATE".to_owned(), template)]);
    functions::template(&Settings::from_variables(variables).unwrap(), "postgres://owner").unwrap()
}

fn may(iam: &Iam, function: &str, action: &str, resource: &str) -> bool {
    let principal = Principal::Function(function.to_owned());
    iam.authorize(&principal, action, resource, &Context::default()).is_ok()
}

/// A template with one function, and with these properties of it and resources beside it.
fn template(properties: &str, resources: &str) -> Template {
    let text = format!(
        "Resources:\n  Worker:\n    Type: AWS::Serverless::Function\n    Metadata: {{BuildProperties: \
         {{Binary: worker}}}}\n    Properties:\n      Runtime: provided.al2023\n      Handler: \
         bootstrap\n{properties}\n{resources}"
    );
    Template::parse("template.yaml", &text, BTreeMap::new()).unwrap()
}

fn refusal(properties: &str, resources: &str) -> String {
    let line = rights::iam(&template(properties, resources)).unwrap_err().to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

#[test]
fn the_projects_functions_may_what_they_need_and_nothing_of_anyone_elses() {
    let iam = rights::iam(&project()).unwrap();
    assert!(may(&iam, "list-messages", "s3:GetObject", IMAGE));
    assert!(!may(&iam, "list-messages", "s3:PutObject", IMAGE));
    assert!(!may(&iam, "list-messages", "s3:GetObject", "arn:aws:s3:::chat-images/else"));
    assert!(!may(&iam, "register-player", "s3:GetObject", IMAGE));
    assert!(may(&iam, "send-message", "s3:ListBucket", "arn:aws:s3:::chat-images"));
    let connection = |method| {
        format!(
            "arn:aws:execute-api:eu-central-1:123456789012:local/default/{method}/@connections/x"
        )
    };
    assert!(may(&iam, "send-message", "execute-api:ManageConnections", &connection("POST")));
    assert!(!may(&iam, "send-message", "execute-api:ManageConnections", &connection("DELETE")));
    assert!(may(&iam, "redeliver", "execute-api:ManageConnections", &connection("DELETE")));
    let redeliver =
        "arn:aws:lambda:eu-central-1:123456789012:function:chat-local-Redeliver-LOCAL0000000";
    assert!(may(&iam, "send-message", "lambda:InvokeFunction", redeliver));
    assert!(!may(&iam, "redeliver", "lambda:InvokeFunction", redeliver));
    let owner = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:cluster-LOCAL/chat_owner";
    assert!(may(&iam, "migrate", "rds-db:connect", owner));
    assert!(!may(&iam, "send-message", "rds-db:connect", owner));
}

#[test]
fn nobody_reaches_the_projects_images_without_tls() {
    let rights = project().rights().unwrap();
    let context = Context::default().unencrypted();
    for (action, resource) in
        [("s3:GetObject", IMAGE), ("s3:ListBucket", "arn:aws:s3:::chat-images")]
    {
        let request = Request { action, resource, context: &context };
        let denies = |policy: &chat_local::iam::Policy| policy.applies(Effect::Deny, request);
        assert!(rights.of_buckets.iter().any(denies), "{action}");
    }
}

#[test]
fn what_lambda_needs_to_run_a_function_must_be_within_its_boundary() {
    let boundary = |actions: &str| {
        format!(
            "  Most:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: \
             {{Statement: {{Effect: Allow, Action: [{actions}], Resource: '*'}}}}"
        )
    };
    let bounded = "      PermissionsBoundary: !Ref Most";
    let logs = "'logs:CreateLogStream', 'logs:PutLogEvents'";
    assert!(rights::iam(&template(bounded, &boundary(logs))).is_ok());
    let line = refusal(bounded, &boundary("'logs:CreateLogStream'"));
    assert!(line.contains("worker cannot run") && line.contains("logs:PutLogEvents"), "{line}");
    let in_vpc = format!("{bounded}\n      VpcConfig: {{SubnetIds: [a]}}");
    let line = refusal(&in_vpc, &boundary(logs));
    assert!(line.contains("ec2:CreateNetworkInterface"), "{line}");
}

#[test]
fn what_is_not_understood_is_one_clear_line() {
    let statement = |rest: &str| {
        format!(
            "      Policies: {{Statement: {{Effect: Allow, Action: 's3:*', Resource: '*', {rest}}}}}"
        )
    };
    for (properties, resources, expected) in [
        (statement("Condition: {DateLessThan: {'aws:CurrentTime': x}}"), "", "DateLessThan"),
        (statement("Condition: {StringEquals: {'aws:SourceVpce': x}}"), "", "aws:sourcevpce"),
        (statement("Whatever: x"), "", "Whatever"),
        ("      Policies: AmazonS3FullAccess".to_owned(), "", "policies of this template"),
        (
            "      Policies: [{S3CrudPolicy: {BucketName: x}}]".to_owned(),
            "",
            "policies of this template",
        ),
        ("      Policies: !Ref Absent".to_owned(), "", "managed policy of this template"),
        (
            String::new(),
            "  Extra: {Type: AWS::IAM::Policy, Properties: {Roles: [x]}}",
            "Policies list",
        ),
        (
            String::new(),
            "  Open: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: x, PolicyDocument: {Statement: \
             {Effect: Allow, Principal: {AWS: 'arn:aws:iam::1:root'}, Action: 's3:*', Resource: '*'}}}}",
            "understands \"*\" only",
        ),
    ] {
        let line = refusal(&properties, resources);
        assert!(line.starts_with("template.yaml: ") && line.contains(expected), "{line}");
    }
}

#[test]
fn policies_may_be_lists_documents_and_choices() {
    let own = "      Policies:\n        - !Ref Named\n        - !If [Never, !Ref Absent, !Ref AWS::NoValue]\n        \
               - Version: '2012-10-17'\n          Statement: [{Effect: Allow, NotAction: 's3:Put*', NotResource: \
               'arn:aws:s3:::secret/*'}]";
    let named = "  Named:\n    Type: AWS::IAM::ManagedPolicy\n    Properties: {PolicyDocument: {Statement: \
                 [{Effect: Allow, Action: 's3:PutObject', Resource: !Join ['/', ['arn:aws:s3:::a', '*']]}]}}\n\
                 Conditions: {Never: !Equals [a, b]}";
    let iam = rights::iam(&template(own, named)).unwrap();
    assert!(may(&iam, "worker", "s3:PutObject", "arn:aws:s3:::a/b"));
    assert!(!may(&iam, "worker", "s3:PutObject", "arn:aws:s3:::b/b"));
    assert!(may(&iam, "worker", "s3:GetObject", "arn:aws:s3:::b/b"));
    assert!(!may(&iam, "worker", "s3:GetObject", "arn:aws:s3:::secret/b"));
}
