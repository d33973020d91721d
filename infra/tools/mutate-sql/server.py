"""What PostgreSQL says of a mutant before any test runs it: what it does not prepare, no test need notice."""

import json
import os
import re
import subprocess
from pathlib import Path

STATEMENT = re.compile(r"statement!\(\s*(?:rare\s+)?\w+\s*=\s*\"([^\"]+)\"\s*\(([^)]*)\)")
ERROR = re.compile(r"^psql:<stdin>:(\d+): ERROR:\s*(.*)$", re.MULTILINE)


def parameter_types(store):
    """{statement: its parameters' types}, by the service's own list."""
    found = {}
    for source in sorted(store.rglob("*.rs")):
        for name, types in STATEMENT.findall(source.read_text()):
            found[name] = [type_name(word) for word in re.findall(r"\w+", types)]
    return found


def type_name(word):
    """PostgreSQL's name of a type that the driver calls so."""
    return word.lower().removesuffix("_array") + ("[]" if word.endswith("_ARRAY") else "")


def refused(types, mutants):
    """{mutant: what the server says}, of those that it does not prepare."""
    parameters = f" ({', '.join(types)})" if types else ""
    # A line each: so the number of the line tells which it was.
    script = "".join(
        f"PREPARE mutant_{number}{parameters} AS {' '.join(mutant.sql.splitlines())};\n"
        for number, mutant in enumerate(mutants)
    )
    endpoints = json.loads(Path(os.environ["CHAT_ENDPOINTS"]).read_text())
    command = ["psql", "--no-psqlrc", "--quiet", "--file", "-", endpoints["database_url"]]
    # The certificate need not be verified to hear what is wrong with a statement.
    run = subprocess.run(
        command, input=script, capture_output=True, text=True, check=True, env={**os.environ, "PGSSLMODE": "require"}
    )
    return {mutants[int(line) - 1].name: message for line, message in ERROR.findall(run.stderr)}
