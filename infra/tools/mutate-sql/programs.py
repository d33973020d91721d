"""The tests of the functions, built once so that their statements can be replaced, and which of them run what."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from results import digest
from trying import WORKERS

ALIAS = re.compile(r"(\w+) as (\w+)")
LIST = re.compile(r"STATEMENTS: &\[&Statement\] =\s*&\[(.*?)\]", re.DOTALL)
ENTRY = re.compile(r"&(\w+)::([A-Z_]+)")
TEST = re.compile(r"^(\S+): test$", re.MULTILINE)
# The package of tests over all functions, after each function's own; of them, those that are not about statements,
# or about so much data that they take minutes.
SHARED = "chat-testing"
NOT_OF_SHARED = ("certificates", "directory", "fuzz", "http", "identity", "large_records", "restoring")
# A test that a mutant keeps busy for ever ends with this tool.
TETHERED = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
# A test that a mutant keeps waiting has noticed it: how many times its own time it is given, and at least.
PATIENCE, LEAST_SECONDS = 20, 60


@dataclass(frozen=True)
class Program:
    """A program of tests, the folder in which it runs, and its source."""

    folder: Path
    path: str
    source: Path

    @property
    def key(self):
        """Another one after each change."""
        status = os.stat(self.path)
        return f"{self.path} {status.st_mtime_ns} {status.st_size}"

    def run(self, arguments, variables, seconds):
        """Its output; None if it fails or takes too long."""
        environment = {**os.environ, "COPY_DATABASES_BY_FILES": "1", "RUST_BACKTRACE": "0", **variables}
        try:
            run = subprocess.run(
                [*TETHERED, self.path, *arguments],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return None
        return run.stdout if run.returncode == 0 else None


@dataclass(frozen=True)
class Test:
    """One test, how long it takes, its program's source in a few letters, and whether it is one of a function whose
    statement is asked about (or of no function, as those are of all)."""

    program: Program
    short: str
    seconds: float
    source: str
    is_near: bool = False

    @property
    def name(self):
        source = self.program.source
        place = source.parent.name if source.stem == "main" else source.stem
        return f"{self.program.folder.name}/{place}::{self.short}"

    def fails(self, statement, file):
        """Whether it does when a file is run in the place of the statement."""
        variables = {"CHAT_MUTANT": statement, "CHAT_MUTANT_SQL": file}
        patience = max(LEAST_SECONDS, PATIENCE * self.seconds)
        return self.program.run(["--exact", self.short], variables, patience) is None


def build(root):
    """Builds every program of tests that runs statements."""
    packages = [folder.parent.name for folder in sorted(root.glob("functions/*/tests"))]
    command = ["cargo", "test", "--tests", "--no-run", "--message-format", "json", "--features", "chat/mutants"]
    for package in [*packages, SHARED]:
        command += ["--package", package]
    built = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout
    programs = []
    for line in built.splitlines():
        message = json.loads(line)
        if message.get("reason") != "compiler-artifact" or not message.get("executable"):
            continue
        target, folder = message["target"], Path(message["manifest_path"]).parent
        is_left_out = folder.name == "testing" and target["name"] in NOT_OF_SHARED
        if target["kind"] == ["test"] and not is_left_out:
            programs.append(Program(folder, kept(root, message["executable"]), Path(target["src_path"])))
    return programs


def kept(root, executable):
    """A name of the tool's own for a program: what is built while the tool runs does not change what it runs."""
    name = root / "target/mutants-sql" / Path(executable).name
    name.parent.mkdir(parents=True, exist_ok=True)
    name.unlink(missing_ok=True)
    os.link(executable, name)
    return str(name)


def tests_by_statement(root, programs, file):
    """{statement: the tests that run it}: those of its functions first, then the quickest. Found by running each
    test once, and kept in a file until its program is another one."""
    known = json.loads(file.read_text()) if file.exists() else {}
    known = {program.key: known.get(program.key, {}) for program in programs}
    listed = lambda program: TEST.findall(program.run(["--list"], {}, LEAST_SECONDS) or "")
    entries = [(program, name) for program in programs for name in listed(program)]
    unknown = [(program, name) for program, name in entries if name not in known[program.key]]
    print(f"{len(entries)} tests; {len(unknown)} are run to see which statements they run", flush=True)
    with ThreadPoolExecutor(WORKERS) as workers:
        for (program, name), found in zip(unknown, workers.map(lambda entry: statements_of(*entry), unknown)):
            known[program.key][name] = found
            file.write_text(json.dumps(known))
    functions, tests = functions_of_statements(root), {}
    for program, name in entries:
        found = known[program.key][name]
        test = Test(program, name, found["seconds"], source_digest(program.source))
        for statement in found["statements"]:
            tests.setdefault(statement, []).append(test)
    return {statement: near_first(found, functions.get(statement, [])) for statement, found in tests.items()}


def near_first(tests, functions):
    """Those of these functions and of statements by themselves first, then the quickest; without any of them, all
    are near."""
    is_near = lambda test: test.program.folder.name in functions or "/statements::" in test.name
    is_any_near = any(is_near(test) for test in tests)
    marked = [replace(test, is_near=is_near(test) or not is_any_near) for test in tests]
    return sorted(marked, key=lambda test: (not test.is_near, test.seconds))


def statements_of(program, test):
    """Runs a test as it is; the statements that it ran, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        run = lambda: program.run(["--exact", test], {"CHAT_STATEMENTS_RUN": str(notes)}, 10 * LEAST_SECONDS)
        output = run() or run()
        if output is None:
            print(f"left out, since it fails as it is: {program.source}: {test}", flush=True)
            return {"seconds": 0.0, "statements": []}
        ran = notes.read_text().splitlines() if notes.exists() else []
    seconds = re.search(r"finished in ([\d.]+)s", output)
    return {"seconds": float(seconds[1]), "statements": sorted({line.split(" ", 1)[0] for line in ran})}


def source_digest(source):
    """Of a program's own files: one beside others, or all of a folder of its own."""
    files = sorted(source.parent.rglob("*.rs")) if source.name == "main.rs" else [source]
    return digest(*(file.read_text() for file in files))


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
