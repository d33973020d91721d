"""`make package`: a zip for each function, with its program as `bootstrap`, for Amazon Linux 2023.

cargo-lambda and zig (both from PyPI) link for the glibc of Lambda's machines instead of this one's. The
same sources give the same bytes: paths of this machine are taken out, and a zip carries no time.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import zipfile

import elf
import template
from failure import Failure, say

GLIBC = (2, 34)
TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}
ZIPS = template.ROOT / "target" / "lambda-zips"
TOOLS = pathlib.Path(sys.executable).parent


def package(architecture, only):
    """Builds and zips the functions named, or all, for an architecture (that of the template by default)."""
    app = template.load(template.APP)
    architecture = architecture or app["Parameters"]["Architecture"]["Default"]
    binaries = [binary for binary, _ in template.functions(app).values()]
    unknown = sorted(set(only) - set(binaries))
    if unknown:
        raise Failure(f"there is no function {', '.join(unknown)} (there are: {', '.join(binaries)})")
    chosen = [binary for binary in binaries if not only or binary in only]
    require_target(TARGETS[architecture])
    began = time.monotonic()
    programs = build(TARGETS[architecture], chosen)
    folder = ZIPS / architecture
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for binary in chosen:
        content = programs[binary].read_bytes()
        check(binary, content, architecture)
        path = folder / f"{binary}.zip"
        write_zip(path, content)
        hashes[binary] = hashlib.sha256(path.read_bytes()).hexdigest()
        say(
            f"  {binary:20} {len(content) / 1e6:5.1f} MB, zipped {path.stat().st_size / 1e6:4.1f}  sha256 {hashes[binary]}"
        )
    (folder / "sha256.json").write_text(json.dumps(hashes, indent=1) + "\n")
    say(f"{len(chosen)} zips in {folder.relative_to(template.ROOT)}, {time.monotonic() - began:.0f} s")


def require_target(target):
    """Says in one line what to do where Rust's standard library for the target is missing."""
    done = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", target],
        cwd=template.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not any(pathlib.Path(done.stdout.strip()).glob("libstd-*")):
        raise Failure(f"Rust's standard library for {target} is missing: rustup target add {target}")


def build(target, binaries):
    """Builds programs a few at a time, which are linked beside one another, so that one sees how far it is.
    Binary → program."""
    environment = {**os.environ, **zig_in_path(), "RUSTFLAGS": path_flags(), "AWS_LC_SYS_NO_JITTER_ENTROPY": "1"}
    folder = template.ROOT / "target" / "lambda" / target
    at_once = os.cpu_count() or 1
    for begin in range(0, len(binaries), at_once):
        few = binaries[begin : begin + at_once]
        say(f"{begin + len(few)} of {len(binaries)}: {', '.join(few)}")
        command = [
            str(TOOLS / "cargo-lambda"),
            "lambda",
            "build",
            "--profile",
            "deployed",
            "--locked",
            "--quiet",
            "--target",
            f"{target}.{GLIBC[0]}.{GLIBC[1]}",
            "--lambda-dir",
            str(folder),
        ]
        for binary in few:
            command += ["--package", binary, "--bin", binary]
        if subprocess.run(command, cwd=template.ROOT, env=environment, check=False).returncode != 0:
            raise Failure(f"one of {', '.join(few)} was not built: see above")
    return {binary: folder / binary / "bootstrap" for binary in binaries}


def zig_in_path():
    """cargo-lambda looks for `zig`; the wheel of that name has it as a Python module."""
    folder = template.ROOT / "target" / "tools" / "package" / "zig"
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "zig"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ziglang "$@"\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def path_flags():
    """A panic says where it happened; on whose machine it was built is no part of that."""
    home = os.environ.get("CARGO_HOME", str(pathlib.Path.home() / ".cargo"))
    return f"--remap-path-prefix={home}=/cargo --remap-path-prefix={template.ROOT}=/chat"


def check(binary, content, architecture):
    """A program that Lambda could not start is not packaged."""
    if elf.machine(content) != architecture:
        raise Failure(f"{binary} is for {elf.machine(content)}, not {architecture}")
    needed = elf.needed_glibc(content)
    if needed and needed > GLIBC:
        words = [".".join(map(str, version)) for version in (needed, GLIBC)]
        raise Failure(f"{binary} needs glibc {words[0]}; Amazon Linux 2023 has {words[1]}")


def write_zip(path, content):
    """A zip whose bytes depend on the program only."""
    entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o100755 << 16
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", compresslevel=9) as archive:
        archive.writestr(entry, content)
