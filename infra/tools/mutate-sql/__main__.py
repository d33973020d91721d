"""Changes one thing in one SQL statement at a time, runs the tests that run it, and lists what noticed.
Arguments choose statements: `messages` for all of that table, `messages/append` for one. `--fresh` tries also what
is known from an earlier run; `--self-test` shows on an example that a test that checks less is found out.

Needs a stack: `target/debug/chat-local exec -- python infra/tools/mutate-sql`, which `make prove ONLY=sql` does.
The list goes to target/mutants-sql.txt, and what is known to target/mutants-sql.json after each mutant: whoever
stops and starts again goes on. Status 1 when a mutant survives that explained.toml says nothing of.
"""

import sys
import tomllib
from pathlib import Path

sys.dont_write_bytecode = True  # Nothing is left beside the tools.

import judge
import programs
import self_test
import server
from mutants import mutants
from results import Results
from trying import try_all

ROOT = Path(__file__).resolve().parents[3]
STORE = ROOT / "shared/src/store"
TARGET = ROOT / "target"


def chosen(wanted):
    """The statements that were asked for; without a wish, all."""
    names = [str(file.relative_to(STORE).with_suffix("")) for file in sorted(STORE.rglob("*.sql"))]
    is_wanted = lambda name: not wanted or any(name == wish or name.startswith(f"{wish}/") for wish in wanted)
    return [name for name in names if is_wanted(name)]


def main(arguments):
    if "--self-test" in arguments:
        return self_test.main()
    wanted = [word for word in arguments if not word.startswith("--")]
    names = chosen(wanted)
    if not names:
        sys.exit(f"error: there is no statement {' '.join(wanted)}")
    explained = tomllib.loads(Path(__file__).with_name("explained.toml").read_text())
    results = Results(TARGET / "mutants-sql.json", is_fresh="--fresh" in arguments)
    built = programs.build(ROOT)
    tests = programs.tests_by_statement(ROOT, built, TARGET / "mutants-sql-tests.json")
    all_mutants = {name: mutants((STORE / f"{name}.sql").read_text()) for name in names}
    types = server.parameter_types(STORE)
    refused = {name: server.refused(types[name], found) for name, found in all_mutants.items()}
    outcomes = try_all(all_mutants, tests, refused, results, explained=explained)
    report = TARGET / "mutants-sql.txt"
    report.write_text("".join(judge.lines(outcomes, explained)))
    print(f"the list is in {report.relative_to(ROOT)}")
    return judge.verdict(outcomes, explained)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
