"""Every stack of every stage as a template of its own, with the stage's values as the parameters' defaults:
what the linters look at."""

import copy
import json
import pathlib

import emulator
import plan as plans
import release
import stage as stages
import template


def render(folder):
    """Writes `<stage>-<stack>.json` for each, and the app also as CloudFormation sees it after SAM."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(stages.STAGES.glob("*.toml")):
        for stack in plans.plan(stages.load(file.stem)):
            body = with_values(stack)
            _write(folder / f"{file.stem}-{stack.key}.json", body)
            if stack.key == "app":
                keys = {binary: f"{binary}.zip" for binary, _ in template.functions(body).values()}
                values = {name: str(value) for name, value in stack.parameters.items()}
                expanded = emulator.expand(release.with_code(body, "artifacts", keys), values)
                # The translator has put its value in.
                del expanded["Parameters"]["Canary"]
                _write(folder / f"{file.stem}-app-expanded.json", expanded)


def with_values(stack):
    """A stack's template whose defaults are the stage's values, where they are known beforehand."""
    body = copy.deepcopy(stack.template)
    for name, value in stack.parameters.items():
        if isinstance(value, str):
            declared = body["Parameters"][name]
            declared["Default"] = json.loads(value) if declared["Type"] == "Number" else value
    return body


def _write(path, body):
    path.write_text(json.dumps(body, indent=1) + "\n")
