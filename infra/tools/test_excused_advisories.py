"""An advisory is excused for as long as docs/SECURITY.md says, and no longer."""

import datetime
import re
import unittest
from pathlib import Path

import excused_advisories

TODAY = datetime.date(2026, 2, 10)


def troubles(*ignored):
    return list(excused_advisories.troubles(f"[advisories]\nignore = [{', '.join(ignored)}]", TODAY))


def excuse(reason):
    return f'{{ id = "RUSTSEC-2026-0001", reason = "{reason}" }}'


class ExcusedTest(unittest.TestCase):
    def test_an_advisory_is_excused_for_as_long_as_it_may_take(self):
        for reason in ("2026-02-03, reachable: waits for h2", "2026-01-11, unreachable: a build script's"):
            self.assertEqual(troubles(excuse(reason)), [])
        self.assertEqual(list(excused_advisories.troubles("", TODAY)), [])

    def test_one_that_took_longer_is_refused(self):
        self.assertRegex(troubles(excuse("2026-02-02, reachable: x"))[0], "RUSTSEC-2026-0001 .* by 2026-02-09")
        self.assertRegex(troubles(excuse("2026-01-10, unreachable: x"))[0], "by 2026-02-09")
        self.assertRegex(troubles(excuse("2026-02-11, reachable: x"))[0], "not known before 2026-02-11")

    def test_an_excuse_says_since_when_and_how_it_is_reached(self):
        for ignored in ('"RUSTSEC-2026-0001"', excuse("later"), excuse("2026-02-03: x"), excuse("2026-02-03, reachable:")):
            self.assertRegex(troubles(ignored)[0], "RUSTSEC-2026-0001 says neither")

    def test_the_document_gives_as_many_days(self):
        root = Path(excused_advisories.__file__).resolve().parents[2]
        section = (root / "docs/SECURITY.md").read_text().partition("\n## Dependencies\n")[2].partition("\n## ")[0]
        within = re.search(r"(\d+) days, any other within (\d+)", " ".join(section.split()))
        self.assertEqual([int(days) for days in within.groups()], list(excused_advisories.DAYS.values()))


if __name__ == "__main__":
    unittest.main()
