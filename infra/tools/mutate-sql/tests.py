"""The tests of the functions, built once so that their statements can be replaced, and run one program after the
other until one fails."""

import json
import os
import re
import subprocess
from pathlib import Path

ALIAS = re.compile(r"(\w+) as (\w+)")
LIST = re.compile(r"STATEMENTS: &\[&Statement\] =\s*&\[(.*?)\]", re.DOTALL)
ENTRY = re.compile(r"&(\w+)::([A-Z_]+)")
FAILED = re.compile(r"^test (\S+) \.\.\. FAILED", re.MULTILINE)
# Tests over all functions, after each function's own: who may do what, and who hears of it.
SHARED = "chat-testing"
OF_SHARED = ("authorization", "confidentiality")
# How long a program may take that takes a few seconds on a good day.
LIMIT = 180


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


def build(root, packages):
    """{package: [test program]}, of those packages that have tests."""
    command = ["cargo", "test", "--no-run", "--message-format", "json", "--features", "chat/mutants"]
    for package in [*packages, SHARED]:
        command += ["--package", package]
    built = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    programs = {}
    for line in built.splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-artifact" or not message.get("executable"):
            continue
        if message["target"]["kind"] == ["test"]:
            folder = Path(message["manifest_path"]).parent
            name = SHARED if folder.name == "testing" else folder.name
            if name != SHARED or message["target"]["name"] in OF_SHARED:
                programs.setdefault(name, []).append((folder, message["executable"]))
    return programs


def first_failure(programs, statement, file):
    """The first test that fails when a file is run in the place of a statement; none if all pass."""
    for folder, program in programs:

        def failures(*arguments):
            variables = {**os.environ, "CHAT_MUTANT": statement, "CHAT_MUTANT_SQL": str(file)}
            variables["RUST_BACKTRACE"] = "0"
            command = [program, *arguments]
            run = subprocess.run(
                command, cwd=folder, env=variables, capture_output=True, text=True, timeout=LIMIT
            )
            failed = FAILED.findall(run.stdout)
            return failed or ([Path(program).name] if run.returncode else [])

        try:
            # What fails beside others only, on a busy machine, has noticed nothing.
            again = (name for name in failures() if failures("--exact", name))
            if noticed := next(again, None):
                return noticed
        except subprocess.TimeoutExpired:
            return f"{Path(program).name}: takes too long"
    return None
