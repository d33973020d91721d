"""`make sbom`: what deploys is made of, and what it was built from.

target/sbom/chat.cdx.json is a CycloneDX bill of materials of the functions: every crate that is linked into one of
them, with its version, hash, license and what it needs. (The JavaScript client, which apps take along, needs nothing:
that is checked.) target/sbom/built-from.json is an in-toto statement with SLSA's predicate: the zips of `make package`
with their hashes, the commit, the toolchain, and the hashes of every lock. Fails when a component lacks something.
"""

import json
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # Nothing is left beside the tools.

import bill
import crates
import provenance

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "target/sbom"


def self_test():
    tests = unittest.defaultTestLoader.discover(str(Path(__file__).parent))
    if not unittest.TextTestRunner(verbosity=0).run(tests).wasSuccessful():
        sys.exit(1)


def main():
    linked = crates.linked(ROOT)
    if wrong := crates.lacking(linked) + crates.needs_of_client(ROOT):
        sys.exit("\n".join(f"error: {what}" for what in wrong))
    FOLDER.mkdir(parents=True, exist_ok=True)
    commit = crates.said(ROOT, "git", "rev-parse", "HEAD").strip()
    (FOLDER / "chat.cdx.json").write_text(bill.of(linked, commit))
    statement = provenance.statement(ROOT, commit)
    (FOLDER / "built-from.json").write_text(json.dumps(statement, indent=2) + "\n")
    licenses = sorted({crate.license for crate in linked if not crate.is_ours})
    print(f"sbom: {sum(not crate.is_ours for crate in linked)} crates of others under {len(licenses)} license expressions, "
          f"and {len(statement['subject'])} zips, in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    self_test() if sys.argv[1:] == ["--self-test"] else main()
