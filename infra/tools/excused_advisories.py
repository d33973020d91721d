#!/usr/bin/env python3
"""Fails when deny.toml excuses an advisory for longer than docs/SECURITY.md gives to mend it.

`make check` refuses every component with an advisory, so that one that stays for a while stands in deny.toml:
`{ id = "RUSTSEC-2026-0001", reason = "2026-01-31, reachable: …" }`, with the day on which it was published and
whether it can be reached over the network from outside (`reachable`, or else `unreachable`).
"""

import datetime
import re
import sys
import tomllib
from pathlib import Path

# docs/SECURITY.md, "Dependencies".
DAYS = {"reachable": 7, "unreachable": 30}
REASON = re.compile(r"(\d{4}-\d\d-\d\d), (reachable|unreachable): \S.*")


def troubles(deny, today):
    """What is wrong with the excuses in deny.toml's text."""
    for excuse in tomllib.loads(deny).get("advisories", {}).get("ignore", []):
        name = excuse.get("id", excuse.get("crate")) if isinstance(excuse, dict) else excuse
        said = REASON.fullmatch(excuse.get("reason", "")) if isinstance(excuse, dict) else None
        if not said:
            yield f"{name} says neither since when it is known nor who reaches it: `2026-01-31, reachable: why`"
            continue
        since, reach = datetime.date.fromisoformat(said[1]), said[2]
        until = since + datetime.timedelta(days=DAYS[reach])
        if since > today:
            yield f"{name} is not known before {since}"
        elif today > until:
            yield f"{name} was to be mended by {until}"


def main():
    deny = Path(__file__).resolve().parents[2] / "deny.toml"
    found = list(troubles(deny.read_text(), datetime.datetime.now(datetime.UTC).date()))
    for trouble in found:
        print(f"error: deny.toml: {trouble}", file=sys.stderr)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
