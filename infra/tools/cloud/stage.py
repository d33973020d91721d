"""A stage's file, infra/stages/<stage>.toml, held to the templates whose parameters it sets."""

import re
import tomllib
from dataclasses import dataclass, field

import release
import template
from failure import Failure

STAGES = template.ROOT / "infra" / "stages"


@dataclass
class Stage:
    """What one stage's file says."""

    file: str
    region: str
    account: str
    name: str
    # Stack → parameter → value; values are texts, as CloudFormation takes them.
    settings: dict = field(default_factory=dict)
    # Stack → output → value, of the stacks whose place something else takes.
    given: dict = field(default_factory=dict)


def load(name):
    """The stage of that name."""
    path = STAGES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in STAGES.glob("*.toml")))
        raise Failure(f"there is no stage {name!r}: {path.relative_to(template.ROOT)} is missing (there are: {known})")
    return parse(str(path.relative_to(template.ROOT)), path.read_text())


def parse(file, text):
    """The stage in a text; `file` is its name in failures."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{file}: {error}") from error
    stage = Stage(file, _text(content, file, "region"), content.pop("account", ""), _text(content, file, "name"))
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", stage.name):
        raise Failure(f"{file}: name must be small letters, digits and hyphens, at most 31")
    for stack, section in content.items():
        if stack not in template.STACKS or not isinstance(section, dict):
            raise Failure(f"{file}: {stack} is neither a setting nor a stack ({', '.join(template.STACKS)})")
        given = section.pop("given", None)
        if given is not None:
            if section:
                raise Failure(f"{file}: [{stack}] has `given`, so nothing is made and nothing else may be set there")
            stage.given[stack] = {parameter_name(key): _value(value) for key, value in given.items()}
        stage.settings[stack] = _settings(file, stack, section)
    return stage


def parameters(stack):
    """The parameters of a stack's template."""
    content = release.merged() if stack == "app" else template.load(template.STACKS[stack])
    return content.get("Parameters", {})


def parameter_name(key):
    """one_signal_app_id → OneSignalAppId."""
    return "".join(part[:1].upper() + part[1:] for part in key.split("_"))


def key_of(parameter):
    """OneSignalAppId → one_signal_app_id."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", parameter).lower()


def _settings(file, stack, section):
    known = parameters(stack)
    settings = {}
    for key, value in section.items():
        name = parameter_name(key)
        if name not in known:
            keys = ", ".join(sorted(key_of(parameter) for parameter in known))
            raise Failure(f"{file}: [{stack}] has no setting {key} (it has: {keys})")
        settings[name] = _value(value)
    return settings


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)


def _text(content, file, key):
    value = content.pop(key, None)
    if not isinstance(value, str) or not value:
        raise Failure(f"{file}: {key} is missing")
    return value
