"""The commands behind `make plan`, `make package`, `make deploy`, `make destroy` and `make smoke`."""

import argparse
import sys

from failure import run


def main():
    """Reads the command line, and runs one command."""
    parser = argparse.ArgumentParser(prog="cloud", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("plan", "deploy", "destroy"):
        commands.add_parser(name).add_argument("stage")
    commands.choices["deploy"].add_argument("--zips", help="a folder with a zip for each function")
    commands.choices["deploy"].add_argument("--tokens", help="a file of two people's tokens, for the smoke test")
    commands.choices["destroy"].add_argument("--data", action="store_true", help="the data too")
    for name in ("deploy", "destroy"):
        commands.choices[name].add_argument("--yes", action="store_true", help="do not ask")
    package = commands.add_parser("package")
    package.add_argument("--architecture", choices=["arm64", "x86_64"])
    package.add_argument("--only", nargs="*", default=[], help="names of functions; all, if there are none")
    commands.add_parser("smoke").add_argument("endpoints")
    commands.add_parser("render").add_argument("folder")
    commands.add_parser("picture").add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    return run(lambda: COMMANDS[arguments.command](arguments))


def _plan(arguments):
    import plan
    import stage as stages

    stage = stages.load(arguments.stage)
    plan.describe(stage, plan.plan(stage))


def _deploy(arguments):
    import deploy

    return deploy.deploy(arguments.stage, arguments.zips, arguments.yes, arguments.tokens)


def _destroy(arguments):
    import destroy

    return destroy.destroy(arguments.stage, arguments.data, arguments.yes)


def _package(arguments):
    import package

    return package.package(arguments.architecture, arguments.only)


def _smoke(arguments):
    import smoke

    return smoke.smoke(arguments.endpoints)


def _render(arguments):
    import render

    return render.render(arguments.folder)


def _picture(arguments):
    import picture

    return picture.picture(arguments.check)


COMMANDS = {
    "plan": _plan,
    "deploy": _deploy,
    "destroy": _destroy,
    "package": _package,
    "smoke": _smoke,
    "render": _render,
    "picture": _picture,
}

sys.exit(main())
