"""Deploying to moto instead of AWS: SAM's resources are expanded here, and what moto's CloudFormation does
not know is taken out. References to it get a text of the right shape, so that everything else is made.

`LACKS` is the whole list, each with how it is checked instead; tests/test_emulator.py holds it to moto: a
type that moto has learned must go from it.
"""

import copy
import functools
import ipaddress
import json
import logging
import os
import urllib.error
import urllib.request

import plan as plans
from aws import Refused
from failure import Failure

SCHEMA = "moto's CloudFormation has no such type: cfn-lint holds it to CloudFormation's own schema"
LACKS = {
    "AWS::ApiGatewayV2::Api": f"{SCHEMA}, and the local stack serves the same routes",
    "AWS::ApiGatewayV2::ApiMapping": SCHEMA,
    "AWS::ApiGatewayV2::Authorizer": f"{SCHEMA}, and the local stack asks the same function",
    "AWS::ApiGatewayV2::DomainName": SCHEMA,
    "AWS::ApiGatewayV2::Integration": f"{SCHEMA}; aws-sam-translator makes it",
    "AWS::ApiGatewayV2::Route": f"{SCHEMA}; aws-sam-translator makes it",
    "AWS::ApiGatewayV2::Stage": f"{SCHEMA}; aws-sam-translator makes it",
    "AWS::Budgets::Budget": SCHEMA,
    "AWS::CloudFront::Distribution": SCHEMA,
    "AWS::CloudWatch::Alarm": f"{SCHEMA}; tests/test_alarms.py holds its metrics to what is emitted",
    "AWS::CodeDeploy::Application": f"{SCHEMA}; aws-sam-translator makes it",
    "AWS::CodeDeploy::DeploymentGroup": f"{SCHEMA}; aws-sam-translator makes it",
    "AWS::Cognito::UserPool": SCHEMA,
    "AWS::Cognito::UserPoolClient": SCHEMA,
    "AWS::Cognito::UserPoolGroup": SCHEMA,
    "AWS::Cognito::UserPoolRiskConfigurationAttachment": SCHEMA,
    "AWS::Lambda::Alias": f"{SCHEMA}; aws-sam-translator makes it",
    "AWS::Lambda::EventInvokeConfig": SCHEMA,
    "AWS::Logs::QueryDefinition": SCHEMA,
    "AWS::RDS::DBCluster": SCHEMA,
    "AWS::RDS::DBClusterParameterGroup": SCHEMA,
    "AWS::RDS::DBProxy": SCHEMA,
    "AWS::RDS::DBProxyTargetGroup": SCHEMA,
    "AWS::Route53Resolver::FirewallDomainList": SCHEMA,
    "AWS::Route53Resolver::FirewallRuleGroup": SCHEMA,
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": SCHEMA,
    "AWS::S3::BucketPolicy": SCHEMA,
    "AWS::SNS::Subscription": SCHEMA,
    "AWS::WAFv2::WebACL": SCHEMA,
    "Custom::Schema": "moto runs its function in Docker only: tests/test_migration.py runs the function itself",
}
# Known to moto, but not without what is taken out.
STANDS_ON = {"AWS::RDS::DBInstance": "the cluster is not there"}
SHAPES = {
    "Arn": "arn:aws:service:eu-central-1:123456789012:thing:{id}",
    "DBClusterArn": "arn:aws:rds:eu-central-1:123456789012:cluster:{id}",
    "DBProxyArn": "arn:aws:rds:eu-central-1:123456789012:db-proxy:prx-{id}",
    "MasterUserSecret.SecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:{id}",
    "Endpoint": "{id}.example.com",
    "Endpoint.Address": "{id}.example.com",
    "RegionalDomainName": "{id}.example.com",
    "DomainName": "{id}.example.com",
    "RegionalHostedZoneId": "Z00000000000000000000",
}
NO_CHANGES = "No updates are to be performed"
NOTHING = {"Ref": "AWS::NoValue"}
MANAGED_POLICIES = ("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSCodeDeployRoleForLambda")


@functools.cache
def is_endpoint():
    """Whether AWS_ENDPOINT_URL is a moto server."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        return False
    try:
        with urllib.request.urlopen(f"{endpoint}/moto-api/config", timeout=10) as answer:
            return answer.status < 300
    except (urllib.error.URLError, OSError):
        return False


def refuse_to_change_nothing(aws, name, body, values, state):
    """What CloudFormation does by itself when an update changes nothing, and moto does not."""
    template = aws("cloudformation", "get-template", "--stack-name", name)["TemplateBody"]
    # moto shows lists as Python writes them.
    parameters = {
        item["ParameterKey"]: item["ParameterValue"].removeprefix("['").removesuffix("']").replace("', '", ",")
        for item in state.get("Parameters", [])
    }
    same = all(parameters.get(key) in (values[key], "****") for key in body["Parameters"])
    if same and template == body:
        raise Refused(NO_CHANGES)


def delete_route_tables(aws, vpc_id):
    """What CloudFormation deletes with its stack, and moto does not, and then refuses to delete the VPC."""
    tables = aws("ec2", "describe-route-tables", "--filters", f"Name=vpc-id,Values={vpc_id}")["RouteTables"]
    for table in tables:
        if any(association.get("Main") for association in table["Associations"]):
            continue
        for association in table["Associations"]:
            aws("ec2", "disassociate-route-table", "--association-id", association["RouteTableAssociationId"])
        aws("ec2", "delete-route-table", "--route-table-id", table["RouteTableId"])


def fit(body, values):
    """The template as moto can take it; `values` are its parameters'."""
    body = expand(body, values) if "Transform" in body else copy.deepcopy(body)
    conditions = body.get("Conditions", {})
    body = {part: _decide(content, conditions, values) for part, content in body.items()}
    out = {
        logical_id: resource
        for logical_id, resource in body["Resources"].items()
        if resource["Type"] in LACKS or resource["Type"] in STANDS_ON
    }
    # moto makes nothing of an empty stack; and CloudFormation refuses one.
    kept = {logical_id: resource for logical_id, resource in body["Resources"].items() if logical_id not in out}
    body["Resources"] = kept or {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    for resource in body["Resources"].values():
        waits_for = [logical_id for logical_id in _listed(resource.pop("DependsOn", [])) if logical_id not in out]
        if waits_for:
            resource["DependsOn"] = waits_for
    for part in ("Resources", "Outputs"):
        body[part] = _without(body.get(part, {}), out, values)
    body.setdefault("Parameters", {})
    return body


def expand(body, values):
    """What CloudFormation itself makes of SAM's resources."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    # It warns of switches of its own that are no one's here.
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.transform import transform

    try:
        expanded = transform(copy.deepcopy(body), dict(values), _Policies())
    except InvalidDocumentException as invalid:
        raise Failure(f"template.yaml: {'; '.join(str(cause.message) for cause in invalid.causes)}") from None
    # Through JSON: the translator leaves values of types of its own.
    return json.loads(json.dumps(expanded))


class _Policies:
    """AWS's own policies that SAM names by their short names."""

    def load(self):
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}" for name in MANAGED_POLICIES}


def _decide(value, conditions, values):
    """A value without Fn::If: in a list, moto keeps a None for AWS::NoValue."""
    if isinstance(value, list):
        return [item for item in (_decide(item, conditions, values) for item in value) if item != NOTHING]
    if not isinstance(value, dict) or value == NOTHING:
        return value
    if set(value) == {"Fn::If"}:
        condition, yes, no = value["Fn::If"]
        chosen = yes if plans.holds(conditions[condition], conditions, values) else no
        return _decide(chosen, conditions, values)
    decided = {key: _decide(item, conditions, values) for key, item in value.items()}
    return {key: item for key, item in decided.items() if item != NOTHING}


def _listed(value):
    return [value] if isinstance(value, str) else list(value)


def _without(value, out, values):
    """A value in which what is taken out is a text, and what moto cannot compute is computed."""
    if isinstance(value, list):
        return [_without(item, out, values) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"} and value["Ref"] in out:
        if out[value["Ref"]]["Type"] == "AWS::Lambda::Alias":
            # Permissions name it; without it they are the function's own.
            return {"Fn::GetAtt": [out[value["Ref"]]["Properties"]["FunctionName"]["Ref"], "Arn"]}
        return _shape(value["Ref"], None)
    if set(value) == {"Fn::GetAtt"} and value["Fn::GetAtt"][0] in out:
        return _shape(*value["Fn::GetAtt"])
    if set(value) == {"Fn::Sub"}:
        return {"Fn::Sub": _substitute(value["Fn::Sub"], out, values)}
    if set(value) == {"Fn::Cidr"}:
        return _cidr(*value["Fn::Cidr"], values)
    return {key: _without(item, out, values) for key, item in value.items()}


def _substitute(argument, out, values):
    text, variables = argument if isinstance(argument, list) else (argument, None)
    for part in text.split("${")[1:]:
        name = part.split("}", 1)[0]
        logical_id, _, attribute = name.partition(".")
        if logical_id in out:
            text = text.replace(f"${{{name}}}", _shape(logical_id, attribute or None))
    return text if variables is None else [text, _without(variables, out, values)]


def _shape(logical_id, attribute):
    return SHAPES.get(attribute, "{id}").format(id=logical_id.lower())


def _cidr(block, count, bits, values):
    """Fn::Cidr, which moto lacks."""
    network = ipaddress.ip_network(values[block["Ref"]])
    subnets = network.subnets(new_prefix=32 - int(bits))
    return [str(next(subnets)) for _ in range(int(count))]
