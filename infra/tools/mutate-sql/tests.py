"""The tests of the functions, built once so that their statements can be replaced; for each statement, those that
run it, program after program until one fails."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ALIAS = re.compile(r"(\w+) as (\w+)")
LIST = re.compile(r"STATEMENTS: &\[&Statement\] =\s*&\[(.*?)\]", re.DOTALL)
ENTRY = re.compile(r"&(\w+)::([A-Z_]+)")
FAILED = re.compile(r"^test (\S+) \.\.\. FAILED", re.MULTILINE)
# Tests over all functions, after each function's own: who may do what, who hears of it, what becomes of records.
SHARED = "chat-testing"
OF_SHARED = ("authorization", "confidentiality", "views", "records")
# How long a program may take that takes a few seconds on a good day.
LIMIT = 180
# How many of the tests that noticed something are tried before all others.
REMEMBERED = 6


@dataclass(frozen=True)
class Program:
    """A program of tests, and the folder in which it runs."""

    folder: Path
    path: str

    def failures(self, tests, variables):
        """Runs some of its tests; gives those that fail."""
        run = subprocess.run(
            [self.path, "--exact", *tests] if tests else [self.path],
            cwd=self.folder,
            env={**os.environ, "RUST_BACKTRACE": "0", **variables},
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        failed = FAILED.findall(run.stdout)
        return failed or ([Path(self.path).name] if run.returncode else [])


def build(root):
    """Builds every program of tests that runs statements."""
    packages = [folder.parent.name for folder in sorted(root.glob("functions/*/tests"))]
    command = ["cargo", "test", "--no-run", "--message-format", "json", "--features", "chat/mutants"]
    for package in [*packages, SHARED]:
        command += ["--package", package]
    built = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    own, shared = [], []
    for line in built.splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-artifact" or not message.get("executable"):
            continue
        if message["target"]["kind"] == ["test"]:
            program = Program(Path(message["manifest_path"]).parent, message["executable"])
            if program.folder.name != "testing":
                own.append(program)
            elif message["target"]["name"] in OF_SHARED:
                shared.append(program)
    return own + shared


def by_statement(programs):
    """{statement: {program: [test that runs it]}}, found by running all of them once."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, program in enumerate(programs):
            notes = Path(folder, str(number))
            if failures := program.failures([], {"CHAT_STATEMENTS_RUN": str(notes)}):
                sys.exit(f"error: the tests fail as they are: {failures}")
            for line in set(notes.read_text().splitlines() if notes.exists() else []):
                statement, test = line.split(" ", 1)
                found.setdefault(statement, {}).setdefault(program, []).append(test)
    return found


def functions_of_statements(root):
    """{statement: [function that runs it]}, by the functions' own lists."""
    found = {}
    for source in sorted(root.glob("functions/*/src/lib.rs")):
        code = source.read_text()
        tables = {alias: table for table, alias in ALIAS.findall(code)}
        listed = LIST.search(code)
        for module, name in ENTRY.findall(listed[1] if listed else ""):
            statement = f"{tables.get(module, module)}/{name.lower()}"
            found.setdefault(statement, []).append(source.parents[1].name)
    return found


class Tests:
    """The tests that run one statement: those first that noticed something last, then those of the functions
    whose statement it is, then those that only make use of it."""

    def __init__(self, of_programs, functions):
        by_nearness = lambda entry: entry[0].folder.name not in functions
        self.rest = sorted(((program, sorted(tests)) for program, tests in of_programs.items()), key=by_nearness)
        self.remembered = []

    def first_failure(self, statement, file):
        """The first test that fails when a file is run in the place of the statement; none if all pass."""
        variables = {"CHAT_MUTANT": statement, "CHAT_MUTANT_SQL": str(file)}
        first = {}
        for program, test in self.remembered:
            first.setdefault(program, []).append(test)
        for program, tests in [*first.items(), *self.rest]:
            try:
                for test in program.failures(tests, variables):
                    # What fails beside others only, on a busy machine, has noticed nothing.
                    if program.failures([test], variables):
                        others = [entry for entry in self.remembered if entry != (program, test)]
                        self.remembered = [(program, test), *others][:REMEMBERED]
                        return test
            except subprocess.TimeoutExpired:
                return f"{Path(program.path).name}: takes too long"
        return None
