"""What is packaged starts on Amazon Linux 2023, and is the same each time."""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

import elf
import package
import template
from failure import Failure


class ZipTest(unittest.TestCase):
    def test_the_same_program_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder, name) for name in ("a.zip", "b.zip")]
            for path in paths:
                package.write_zip(path, b"program" * 1000)
            self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes())
            with zipfile.ZipFile(paths[0]) as archive:
                (entry,) = archive.infolist()
            self.assertEqual((entry.filename, entry.external_attr >> 16 & 0o777), ("bootstrap", 0o755))


class ElfTest(unittest.TestCase):
    def test_it_reads_of_this_very_python_what_objdump_reads(self):
        program = pathlib.Path(sys.executable).resolve()
        said = subprocess.run(["objdump", "-T", program], capture_output=True, text=True, check=True).stdout
        versions = [word.strip("()") for word in said.split() if word.strip("()").startswith("GLIBC_")]
        newest = max(tuple(map(int, version.removeprefix("GLIBC_").split("."))) for version in versions)
        self.assertEqual(elf.needed_glibc(program.read_bytes()), newest)

    def test_a_program_that_needs_a_newer_glibc_is_not_packaged(self):
        content = pathlib.Path(sys.executable).resolve().read_bytes()
        before, package.GLIBC = package.GLIBC, (2, 2)
        try:
            with self.assertRaisesRegex(Failure, "needs glibc 2"):
                package.check("x", content, elf.machine(content))
        finally:
            package.GLIBC = before

    def test_a_program_for_another_processor_is_not_packaged(self):
        content = bytearray(pathlib.Path(sys.executable).resolve().read_bytes())
        struct.pack_into("<H", content, 18, 183)
        with self.assertRaisesRegex(Failure, "is for arm64, not x86_64"):
            package.check("x", bytes(content), "x86_64")

    def test_what_is_no_program_is_refused(self):
        with self.assertRaises(elf.NotElf):
            elf.machine(b"#!/bin/sh\n")


class PackagedTest(unittest.TestCase):
    """Whatever `make package` has left: nothing in a checkout, every zip where it ran before."""

    def test_every_zip_holds_a_program_for_its_architecture_and_glibc(self):
        zips = [(path.parent.name, path) for path in package.ZIPS.glob("*/*.zip")]
        for architecture, path in zips:
            with zipfile.ZipFile(path) as archive:
                package.check(path.stem, archive.read("bootstrap"), architecture)

    def test_a_missing_standard_library_is_one_line(self):
        with self.assertRaisesRegex(Failure, "rustup target add no-such-target"):
            package.require_target("no-such-target")

    def test_a_function_that_does_not_exist_is_named_with_those_there_are(self):
        with self.assertRaisesRegex(Failure, "no function nothing .*send-message"):
            package.package("x86_64", ["nothing"])

    def test_the_template_names_each_folder_of_functions(self):
        binaries = {binary for binary, _ in template.functions(template.load(template.APP)).values()}
        folders = {path.parent.name for path in (template.ROOT / "functions").glob("*/Cargo.toml")}
        self.assertEqual(binaries, folders)
