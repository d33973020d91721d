"""Changes one thing in one SQL statement at a time, runs the tests of the functions that run it, and lists what
noticed. Arguments choose statements: `messages` for all of that table, `messages/append` for one.

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


def try_statement(name, programs, report):
    """Tries a statement's mutants; gives the names of those that survive."""
    sql = (STORE / f"{name}.sql").read_text()
    file = REPORT.with_name("mutant.sql")

    def killer(mutant):
        file.write_text(mutant.sql)
        return tests.first_failure(programs, name, file)

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
    functions = tests.functions_of_statements(ROOT)
    names = chosen(wanted)
    if not names:
        sys.exit(f"error: there is no statement {' '.join(wanted)}")
    packages = sorted({function for name in names for function in functions.get(name, [])})
    programs = tests.build(ROOT, packages)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    survivors, untested = [], []
    with REPORT.open("w") as file:

        def report(line):
            print(line, flush=True)
            print(line, file=file, flush=True)

        for name in names:
            own = [program for function in functions.get(name, []) for program in programs.get(function, [])]
            if not own:
                untested.append(name)
                report(f"{name}: no test of a function's own: left to those of the whole")
                continue
            survivors += try_statement(name, own + programs.get(tests.SHARED, []), report)
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
