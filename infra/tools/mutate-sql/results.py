"""What earlier runs found out, so that only what has changed is tried again."""

import hashlib
import json
import threading


def digest(*parts):
    """A short name of these texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


class Results:
    """Outcomes by statement and mutant. Who was killed stays so while the statement and the killer's program stay as
    they are; who survived, while all tests do."""

    def __init__(self, file, is_fresh=False):
        self.file, self.lock = file, threading.Lock()
        is_known = file.exists() and not is_fresh
        self.known = json.loads(file.read_text()) if is_known else {}

    def known_outcome(self, mutant, tests, asked):
        """What is known of a mutant by these tests, of which those are asked that it could survive; None where it
        has to be tried."""
        known = self.known.get(mutant.key)
        if known is None:
            return None
        if known["killed_by"] is None:
            return known if known["tests"] == of_all(asked) else None
        killer = next((test for test in tests if test.name == known["killed_by"]), None)
        return known if killer is not None and known["tests"] == killer.source else None

    def former_killer(self, mutant):
        """Which test noticed it when it was tried last."""
        return self.known.get(mutant.key, {}).get("killed_by")

    def add(self, mutant, killer, tests):
        """Notes an outcome, at once."""
        with self.lock:
            self.known[mutant.key] = {
                "killed_by": killer.name if killer else None,
                "tests": killer.source if killer else of_all(tests),
            }
            unfinished = self.file.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(self.known, indent=0, sort_keys=True))
            unfinished.rename(self.file)


def of_all(tests):
    return digest(*sorted(test.name + test.source for test in tests))
