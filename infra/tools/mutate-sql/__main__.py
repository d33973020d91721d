"""Changes one thing in one SQL statement at a time, runs the tests that run it, and lists what noticed.
Arguments choose statements: `messages` for all of that table, `messages/append` for one.

Needs a stack: `target/debug/chat-local exec -- python infra/tools/mutate-sql`, which `make prove ONLY=sql` does.
The list goes to target/mutants/sql.txt. Status 1 when a mutant survives that explained.toml says nothing of.
"""

import sys
import tomllib
from pathlib import Path

sys.dont_write_bytecode = True  # Nothing is left beside the tools.

import tests
from mutants import Mutant, mutants, text
from pglast import parse_sql

ROOT = Path(__file__).resolve().parents[3]
STORE = ROOT / "shared/src/store"
REPORT = ROOT / "target/mutants/sql.txt"


def chosen(wanted):
    """The statements that were asked for; without a wish, all."""
    names = [str(file.relative_to(STORE).with_suffix("")) for file in sorted(STORE.rglob("*.sql"))]
    is_wanted = lambda name: not wanted or any(name == wish or name.startswith(f"{wish}/") for wish in wanted)
    return [name for name in names if is_wanted(name)]


def try_statement(name, own, report):
    """Tries a statement's mutants with the tests that run it; gives the names of those that survive."""
    sql = (STORE / f"{name}.sql").read_text()
    file = REPORT.with_name("mutant.sql")

    def killer(mutant):
        file.write_text(mutant.sql)
        return own.first_failure(name, file)

    # As it is, written anew from its tree: else nothing that follows means anything.
    if failure := killer(Mutant("unchanged", text(parse_sql(sql)[0]))):
        sys.exit(f"error: {name}: the tests fail without a change: {failure}")
    survivors = []
    for mutant in mutants(sql):
        killed_by = killer(mutant)
        report(f"{name}: {mutant.name}: {killed_by or 'SURVIVES'}")
        if not killed_by:
            survivors.append(f"{name}: {mutant.name}")
    return survivors


def main(wanted):
    names = chosen(wanted)
    if not names:
        sys.exit(f"error: there is no statement {' '.join(wanted)}")
    programs, functions = tests.build(ROOT), tests.functions_of_statements(ROOT)
    print(f"{len(programs)} programs of tests: which of them run what", flush=True)
    by_statement = tests.by_statement(programs)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    survivors = []
    with REPORT.open("w") as file:

        def report(line):
            print(line, flush=True)
            print(line, file=file, flush=True)

        for number, name in enumerate(names, 1):
            print(f"{name} ({number} of {len(names)})", flush=True)
            if name in by_statement:
                own = tests.Tests(by_statement[name], functions.get(name, []))
                survivors += try_statement(name, own, report)
            else:
                report(f"{name}: no test in the process that runs it: left to those of the whole")
    return judge(names, survivors)


def judge(names, survivors):
    """Says which survivors nobody has explained, and which explanations have no survivor any more."""
    explained = tomllib.loads(Path(__file__).with_name("explained.toml").read_text())
    unexplained = [mutant for mutant in survivors if mutant not in explained]
    gone = [
        mutant for mutant in explained if mutant.split(":")[0] in names and mutant not in survivors
    ]
    print(f"\n{len(survivors)} survive, {len(unexplained)} of them unexplained")
    for mutant in unexplained:
        print(f"  {mutant}")
    for mutant in gone:
        print(f"  explained, but it does not survive: {mutant}")
    return 1 if unexplained or gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
