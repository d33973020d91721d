"""That the bill can fail, and what is in it."""

import json
import unittest
from pathlib import Path

import bill
import crates
import provenance
from crates import Crate

ROOT = Path(__file__).resolve().parents[3]
SOUND = Crate("a", "1.0.0", "MIT/Apache-2.0", "0" * 64, crates.REGISTRY, (), False)
OURS = Crate("send-message", "0.1.0", "UNLICENSED", "", "", (("a", "1.0.0"),), True)


def but(**changes):
    return Crate(**{**SOUND.__dict__, **changes})


class BillTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.linked = crates.linked(ROOT)

    def test_a_component_without_license_hash_or_known_source_is_refused(self):
        self.assertEqual(crates.lacking([SOUND, OURS]), [])
        for crate, what in (
            (but(license=""), "license"), (but(sha256=""), "hash"), (but(source="git+https://example.org"), "crates.io"),
        ):
            self.assertIn(what, "".join(crates.lacking([crate])))

    def test_every_component_has_its_version_license_and_hash(self):
        self.assertEqual(crates.lacking(self.linked), [])
        listed = json.loads(bill.of(self.linked, "0" * 40))["components"]
        functions = {folder.parent.name for folder in ROOT.glob("functions/*/Cargo.toml")}
        self.assertEqual({part["name"] for part in listed if part["type"] == "application"}, functions)
        for part in listed:
            if "purl" in part:
                self.assertTrue(part["version"] and part["licenses"] and part["hashes"], part)

    def test_nothing_of_tests_and_of_the_local_stack_is_in_it(self):
        names = {crate.name for crate in self.linked}
        self.assertTrue({"chat", "tokio-postgres", "rustls"} <= names)
        self.assertFalse({"axum", "proptest", "chat-local", "rusqlite", "fail"} & names)

    def test_what_it_was_built_from_names_commit_compiler_and_locks(self):
        predicate = provenance.statement(ROOT, "0" * 40)["predicate"]["buildDefinition"]
        self.assertIn("rustc", predicate["internalParameters"])
        self.assertIn("cargo-lambda", predicate["internalParameters"])
        uris = [source["uri"] for source in predicate["resolvedDependencies"]]
        self.assertIn("file:Cargo.lock", uris)


if __name__ == "__main__":
    unittest.main()
