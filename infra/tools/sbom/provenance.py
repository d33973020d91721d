"""What a release was built from, as an in-toto statement with SLSA's provenance."""

import hashlib
import json

from crates import said

# Every file that fixes what a build takes in.
LOCKS = (
    "Cargo.lock", "Cargo.toml", "template.yaml", "infra/tools/requirements-package.txt", "clients/js/package-lock.json",
)
PINNED = ("cargo-lambda", "ziglang")


def digest(file):
    return {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def zips(root):
    """The zips of `make package` that are there, for each architecture."""
    return [
        {"name": f"{folder.name}/{name}.zip", "digest": {"sha256": sha256}}
        for folder in sorted((root / "target/lambda-zips").glob("*"))
        for name, sha256 in sorted(json.loads((folder / "sha256.json").read_text()).items())
        if (folder / f"{name}.zip").exists() and digest(folder / f"{name}.zip")["sha256"] == sha256
    ]


def toolchain(root):
    """The compiler and the packaging tools, with their versions."""
    rustc = dict(line.split(": ", 1) for line in said(root, "rustc", "-vV").splitlines() if ": " in line)
    pins = (root / "infra/tools/requirements-package.txt").read_text().splitlines()
    pinned = dict(pin.split("==") for pin in pins if pin.split("==")[0] in PINNED)
    return {"rustc": f"{rustc['release']} ({rustc['commit-hash']})", "llvm": rustc["LLVM version"], **pinned}


def statement(root, commit):
    """The statement; `is_clean` says whether the commit is all that was built from."""
    is_clean = not said(root, "git", "status", "--porcelain", "--untracked-files=no").strip()
    sources = [{"uri": "git:chat", "digest": {"gitCommit": commit}}]
    sources += [{"uri": f"file:{lock}", "digest": digest(root / lock)} for lock in LOCKS]
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": zips(root),
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "make package",
                "externalParameters": {"is_clean": is_clean},
                "internalParameters": toolchain(root),
                "resolvedDependencies": sources,
            },
            "runDetails": {"builder": {"id": "infra/tools/cloud/package.py"}},
        },
    }
