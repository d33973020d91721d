"""What a deployment of a stage makes, in order, and where every parameter's value comes from.

A parameter gets what the stage says; else, if an earlier stack has an output of its name, that; else its
default. Needs no access to AWS.
"""

import collections
import fnmatch
import re
import urllib.parse
from dataclasses import dataclass

import release
import stage as stages
import template
from failure import Failure, say

# Set by the deployment itself.
MIGRATIONS = "Migrations"


@dataclass
class Output:
    """A value that is known once an earlier stack is there."""

    stack: str
    name: str

    def __str__(self):
        return f"({self.stack}.{self.name})"


@dataclass
class Stack:
    """One stack to deploy."""

    key: str
    name: str
    region: str
    template: dict
    # Parameter → text or Output.
    parameters: dict


def plan(stage):
    """The stacks of a stage, in order, with every parameter resolved."""
    outputs, stacks, problems = {}, [], []
    for key, path in template.STACKS.items():
        if key in stage.given:
            outputs.update(stage.given[key])
            continue
        if key in template.OPTIONAL and key not in stage.settings:
            continue
        content = release.merged() if key == "app" else template.load(path)
        parameters = _resolve(stage, key, content.get("Parameters", {}), outputs, problems)
        region = template.REGIONS.get(key, stage.region)
        stacks.append(Stack(key, f"{stage.name}-{key}", region, content, parameters))
        outputs.update({name: Output(key, name) for name in content.get("Outputs", {})})
    problems += _unknown_hosts(stage, stacks)
    if problems:
        raise Failure("; ".join(problems))
    return stacks


def _resolve(stage, key, declared, outputs, problems):
    parameters = {}
    settings = dict(stage.settings.get(key, {}))
    if MIGRATIONS in declared:
        settings.setdefault(MIGRATIONS, release.migrations_fingerprint())
    for name, parameter in declared.items():
        if name in settings:
            parameters[name] = settings[name]
        elif name in outputs:
            parameters[name] = outputs[name]
        elif "Default" in parameter:
            parameters[name] = str(parameter["Default"])
        else:
            what = " ".join(parameter.get("Description", "no description").split())
            problems.append(f"{stage.file}: [{key}] {stages.key_of(name)} is missing: {what}")
            continue
        if isinstance(parameters[name], str):
            problem = _misfit(parameter, parameters[name])
            if problem:
                problems.append(f"{stage.file}: [{key}] {stages.key_of(name)} {problem}")
    return parameters


def _unknown_hosts(stage, stacks):
    """Databases whose names the functions could not look up."""
    values = {stack.key: stack.parameters for stack in stacks}
    allowed = values.get("network", {}).get("AllowedNames")
    for name in ("JarvisUrl", "DatabaseUrl") if allowed else ():
        url = values["app"].get(name)
        # What another stack makes is AWS's, and a number needs no looking up.
        host = urllib.parse.urlsplit(url).hostname if isinstance(url, str) else None
        if not host or re.fullmatch(r"[\d.]+|.*:.*", host):
            continue
        if not any(fnmatch.fnmatch(host, pattern.strip()) for pattern in [*allowed.split(","), "*.amazonaws.com"]):
            yield f"{stage.file}: [network] allowed_names lacks {host}, where [app] {stages.key_of(name)} leads"


def _misfit(parameter, value):
    """What is wrong with a parameter's value, as CloudFormation would see it."""
    allowed = [str(item) for item in parameter.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"must be one of {', '.join(allowed)}, not {value}"
    pattern = parameter.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        return f"must match {pattern}"
    if parameter["Type"] == "Number":
        try:
            number = float(value)
        except ValueError:
            return f"must be a number, not {value}"
        if not float(parameter.get("MinValue", number)) <= number <= float(parameter.get("MaxValue", number)):
            return f"must be from {parameter.get('MinValue', '…')} to {parameter.get('MaxValue', '…')}, not {value}"
    return None


def describe(stage, stacks):
    """Prints what is about to be made."""
    say(f"{stage.file}: region {stage.region}, account {stage.account or '(whatever the credentials are of)'}")
    for key, outputs in stage.given.items():
        say(f"\n{key}: given ({', '.join(f'{name}={value}' for name, value in outputs.items())})")
    for stack in stacks:
        resources = collections.Counter(resource["Type"] for resource in existing(stack).values())
        kinds = ", ".join(f"{count} {kind.split('::', 1)[1]}" for kind, count in sorted(resources.items()))
        where = f", {stack.region}" if stack.region != stage.region else ""
        say(f"\n{stack.name}  ({template.STACKS[stack.key].relative_to(template.ROOT)}{where})")
        say(f"  makes  {kinds}")
        declared = stack.template.get("Parameters", {})
        for name, value in stack.parameters.items():
            say(f"  {name} = {'(not shown)' if declared[name].get('NoEcho') else value}")
        if stack.key == "app":
            say(
                "  first  migrate runs; if it fails, nothing else changes; then calls move by "
                f"{stack.parameters['Canary']}"
            )


def existing(stack):
    """The resources of a stack whose condition, if they have one, holds with its parameters."""
    conditions = stack.template.get("Conditions", {})
    return {
        logical_id: resource
        for logical_id, resource in stack.template["Resources"].items()
        if "Condition" not in resource or holds(conditions[resource["Condition"]], conditions, stack.parameters)
    }


def holds(condition, conditions, parameters):
    """Whether a condition of a template holds with these parameters."""
    ((function, argument),) = condition.items()
    if function == "Condition":
        return holds(conditions[argument], conditions, parameters)
    if function == "Fn::Equals":
        left, right = (_text_of(side, parameters) for side in argument)
        return left == right
    parts = (holds(part, conditions, parameters) for part in argument)
    return {"Fn::Not": lambda: not next(parts), "Fn::And": lambda: all(parts), "Fn::Or": lambda: any(parts)}[function]()


def _text_of(value, parameters):
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, items = value["Fn::Join"]
        return _text_of(items, parameters) if isinstance(items, dict) else separator.join(items)
    return str(parameters[value["Ref"]]) if isinstance(value, dict) else str(value)
