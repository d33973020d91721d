"""Shows on an example that the tool bites: a test that checks less lets mutants live, an explanation needs a survivor,
and what is known is tried again once it, or who noticed it, is another one. The example's tests ask SQLite."""

import contextlib
import io
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

import judge
from mutants import mutants
from results import Results
from trying import try_all

NAME = "notes/mine"
SQL = "SELECT id FROM notes WHERE owner = $1 AND status = 'active' ORDER BY id LIMIT 2"
NOTES = [(1, 7, "active"), (2, 8, "active"), (3, 7, "archived"), (4, 7, "active"), (5, 7, "active")]
EXPLAINED = {f"{NAME}: archived for active": "an example"}


@dataclass(frozen=True)
class Example:
    """A test of the example: what it expects of the statement's rows."""

    name: str
    source: str
    accepts: object
    is_near: bool = True

    def fails(self, _statement, file):
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE notes (id, owner, status)")
        database.executemany("INSERT INTO notes VALUES (?, ?, ?)", NOTES)
        rows = [row for (row,) in database.execute(Path(file).read_text(), {"1": 7})]
        return not self.accepts(rows)


STRONG = Example("lists_two_active_notes_of_mine", "strong", lambda rows: rows == [1, 4])
# It forgot the status, and that there is a limit.
WEAK = Example("lists_notes_of_mine", "weak", lambda rows: rows and all(NOTES[id - 1][1] == 7 for id in rows))


class Run:
    """One run of the tool over the example."""

    def __init__(self, folder, test, explained, sql=SQL):
        results, self.said, printed = Results(folder / "known.json"), [], io.StringIO()
        say = lambda line, flush: self.said.append(line)
        outcomes = try_all({NAME: mutants(sql)}, {NAME: [test]}, {}, results, say)
        with contextlib.redirect_stdout(printed):
            self.status = judge.verdict(outcomes, explained)
        self.printed = printed.getvalue()
        self.survivors = {outcome.name for outcome in outcomes[NAME] if outcome.survives}

    @property
    def tried(self):
        return sum(line.lstrip()[0].isdigit() for line in self.said[1:])


def main():
    with tempfile.TemporaryDirectory() as folder:
        check(Path(folder))
    print("mutate-sql: a weakened test is found out, and so is an explanation of nothing")
    return 0


def check(folder):
    count = len(mutants(SQL))
    strong = Run(folder, STRONG, {})
    expect(strong.tried == count and strong.status == 0 and not strong.survivors, strong)
    expect(Run(folder, STRONG, {}).tried == 0, "what is known is not tried again")
    edited = Run(folder, STRONG, {}, SQL.replace("LIMIT 2", "LIMIT 1 + 1"))
    expect(edited.tried == count, "an edited statement is tried again")
    expect(Run(folder, STRONG, EXPLAINED).status == 1, "an explanation of nothing fails")

    weak = Run(folder, WEAK, {})
    expect(weak.tried == count, "what another test noticed is tried again")
    expect({"archived for active", "without and status = 'active'", "without LIMIT 2"} <= weak.survivors, weak)
    expect("without and owner = $1" not in weak.survivors, weak)
    expect(weak.status == 1 and "survives: notes/mine: without LIMIT 2" in weak.printed, weak)
    all_explained = {f"{NAME}: {name}": "an example" for name in weak.survivors}
    expect(Run(folder, WEAK, all_explained).status == 0, "explained survivors are no failure")
    untested = try_all({NAME: mutants(SQL)}, {}, {}, Results(folder / "none.json"), lambda line, flush: None)
    expect(all(outcome.survives for outcome in untested[NAME]), "without a test everything survives")


def expect(holds, what):
    if not holds:
        raise SystemExit(f"error: mutate-sql does not bite: {vars(what) if isinstance(what, Run) else what}")
