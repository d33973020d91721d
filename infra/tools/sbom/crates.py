"""The crates that are linked into the functions, as cargo resolves them for Lambda."""

import json
import re
import subprocess
import tomllib
from dataclasses import dataclass

TARGET = "aarch64-unknown-linux-gnu"
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
LINE = re.compile(r"^(?P<name>[\w-]+) v(?P<version>[^ |]+)")


@dataclass(frozen=True)
class Crate:
    """A crate, and the (name, version) of each that it needs."""

    name: str
    version: str
    license: str
    sha256: str
    source: str
    needs: tuple
    is_function: bool

    @property
    def key(self):
        return (self.name, self.version)

    @property
    def is_ours(self):
        return not self.source


def said(root, *command):
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def cargo(root, *arguments):
    return said(root, "cargo", *arguments, "--locked")


def linked(root):
    """Every crate that is linked into a function, procedural macros too: they write what is linked."""
    functions = sorted(folder.parent.name for folder in root.glob("functions/*/Cargo.toml"))
    chosen = [word for function in functions for word in ("--package", function)]
    tree = cargo(root, "tree", "--edges", "normal", "--target", TARGET, "--prefix", "none", *chosen)
    keys = {(match["name"], match["version"]) for line in tree.splitlines() if (match := LINE.match(line))}
    metadata = json.loads(cargo(root, "metadata", "--format-version", "1", "--filter-platform", TARGET))
    packages = {package["id"]: package for package in metadata["packages"]}
    key_of = {id: (package["name"], package["version"]) for id, package in packages.items()}
    lock = tomllib.loads((root / "Cargo.lock").read_text())["package"]
    hashes = {(entry["name"], entry["version"]): entry.get("checksum", "") for entry in lock}
    found = []
    for node in metadata["resolve"]["nodes"]:
        package, key = packages[node["id"]], key_of[node["id"]]
        if key in keys:
            normal = [need for need in node["deps"] if any(kind["kind"] is None for kind in need["dep_kinds"])]
            needs = tuple(sorted({key_of[need["pkg"]] for need in normal} & keys))
            is_function = "/functions/" in package["manifest_path"]
            found.append(Crate(
                *key, package["license"] or "", hashes.get(key, ""), package["source"] or "", needs, is_function,
            ))
    return sorted(found, key=lambda crate: crate.key)


def lacking(linked):
    """What is wrong with crates of others."""
    wrong = []
    for crate in linked:
        if crate.is_ours:
            continue
        label = f"{crate.name} {crate.version}"
        if crate.source != REGISTRY:
            wrong.append(f"{label} is not of crates.io")
        if not crate.license:
            wrong.append(f"{label} has no license")
        if not re.fullmatch("[0-9a-f]{64}", crate.sha256):
            wrong.append(f"{label} has no hash")
    return wrong


def needs_of_client(root):
    """What the JavaScript client brings into an app besides itself: nothing."""
    lock = json.loads((root / "clients/js/package-lock.json").read_text())
    return [f"the JavaScript client needs {path}" for path, package in lock["packages"].items()
            if path and not package.get("dev")]
