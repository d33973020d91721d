"""CloudFormation templates as plain Python values: `!Ref X` is {"Ref": "X"}, `!Sub x` {"Fn::Sub": "x"}."""

import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
APP = ROOT / "template.yaml"
RELEASE = ROOT / "infra" / "stacks" / "release.yaml"

# In the order in which they are deployed.
STACKS = {
    "artifacts": ROOT / "infra" / "stacks" / "artifacts.yaml",
    "network": ROOT / "infra" / "stacks" / "network.yaml",
    "data": ROOT / "infra" / "stacks" / "data.yaml",
    "identity": ROOT / "infra" / "stacks" / "identity.yaml",
    "app": APP,
    "waf": ROOT / "infra" / "stacks" / "waf.yaml",
    "edge": ROOT / "infra" / "stacks" / "edge.yaml",
    "watch": ROOT / "infra" / "stacks" / "watch.yaml",
}

# Made only where a stage has a section for them.
OPTIONAL = ("waf", "edge")
# CloudFront takes what it uses from this region only.
REGIONS = {"waf": "us-east-1"}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms; dates stay texts."""


def _short_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _short_form)
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path):
    """The template in a file."""
    return yaml.load(path.read_text(), Loader)  # a SafeLoader


def functions(template):
    """Logical id → (name of the binary, resource) of every function that this repository builds."""
    return {
        logical_id: (resource["Metadata"]["BuildProperties"]["Binary"], resource)
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def references(value):
    """Every (logical id, attribute or None) that a value refers to, pseudo parameters left out."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if set(value) == {"Ref"}:
            if not value["Ref"].startswith("AWS::"):
                yield value["Ref"], None
        elif set(value) == {"Fn::GetAtt"}:
            logical_id, attribute = value["Fn::GetAtt"]
            yield logical_id, attribute
        elif set(value) == {"Fn::Sub"}:
            yield from _substituted(value["Fn::Sub"])
        else:
            for item in value.values():
                yield from references(item)


def _substituted(argument):
    text, variables = argument if isinstance(argument, list) else (argument, {})
    yield from references(list(variables.values()))
    for part in text.split("${")[1:]:
        name = part.split("}", 1)[0]
        if not name.startswith(("AWS::", "!")) and name not in variables:
            logical_id, _, attribute = name.partition(".")
            yield logical_id, attribute or None
