"""Mutants, several at once; each against one test after the other until one fails."""

import itertools
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# The tests wait for databases more than they compute.
WORKERS = 3 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: the test that noticed it, or what the server said, or neither."""

    name: str
    killed_by: str | None = None
    refused: str | None = None
    has_tests: bool = True

    @property
    def survives(self):
        return self.killed_by is None and self.refused is None


class Order:
    """The tests of one statement: those first that noticed something last, then the nearest and quickest."""

    def __init__(self, tests):
        self.tests, self.lock = list(tests), threading.Lock()

    def of(self, is_near, former):
        """The near ones or the others; that one first which noticed this mutant earlier."""
        with self.lock:
            asked = [test for test in self.tests if test.is_near == is_near or test.name == former]
        return sorted(asked, key=lambda test: test.name != former)

    def noticed(self, test):
        with self.lock:
            self.tests.remove(test)
            self.tests.insert(0, test)


def killer(statement, mutant, order, is_near, former):
    """The test that notices it; None if none does."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(mutant.sql)
        file.flush()
        for test in order.of(is_near, former):
            # What fails once, on a busy machine, has noticed nothing.
            if test.fails(statement, file.name) and test.fails(statement, file.name):
                order.noticed(test)
                return test
    return None


def asked_of(statement, mutant, own, explained):
    """Its tests; of a mutant that is explained, the nearest: no other is expected to notice it."""
    return [test for test in own if test.is_near] if f"{statement}: {mutant.name}" in explained else own


def try_all(mutants, tests, refused, results, say=print, explained=()):
    """Tries {statement: its mutants} with {statement: its tests}, where the server has not refused them and nothing
    is known yet; gives {statement: outcomes}."""
    pending, outcomes = [], {}
    for statement, found in mutants.items():
        own, order = tests.get(statement, []), Order(tests.get(statement, []))
        outcomes[statement] = [None] * len(found)
        for index, mutant in enumerate(found):
            outcome = None
            if message := refused.get(statement, {}).get(mutant.name):
                outcome = Outcome(mutant.name, refused=message)
            elif not own:
                outcome = Outcome(mutant.name, has_tests=False)
            elif known := results.known_outcome(mutant, own, asked_of(statement, mutant, own, explained)):
                outcome = Outcome(mutant.name, killed_by=known["killed_by"])
            outcomes[statement][index] = outcome
            if outcome is None:
                pending.append((statement, index, mutant, own, order))
    known = sum(len(found) for found in mutants.values()) - len(pending)
    say(f"{known} mutants are known, {len(pending)} are to be tried", flush=True)
    left = itertools.count(len(pending) - 1, -1)

    def attempt(entry, is_near):
        statement, index, mutant, own, order = entry
        test = killer(statement, mutant, order, is_near, results.former_killer(mutant))
        asked = asked_of(statement, mutant, own, explained)
        if test is None and is_near and asked is own:
            say(f"       {statement}: {mutant.name}: not by the nearest tests", flush=True)
            return entry
        results.add(mutant, test, asked)
        outcomes[statement][index] = Outcome(mutant.name, killed_by=test.name if test else None)
        say(f"{next(left):6} {statement}: {mutant.name}: {test.name if test else 'SURVIVES'}", flush=True)
        return None

    with ThreadPoolExecutor(WORKERS) as workers:
        # Most are noticed where they do harm: who is not waits for the many tests of other functions.
        remaining = [entry for entry in workers.map(lambda entry: attempt(entry, True), pending) if entry]
        list(workers.map(lambda entry: attempt(entry, False), remaining))
    return outcomes
