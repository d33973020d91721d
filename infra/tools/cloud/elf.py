"""What a program's ELF file says: for which processor it is, and which glibc it needs at least."""

import struct

MACHINES = {62: "x86_64", 183: "arm64"}
NEEDED_VERSIONS = 0x6FFFFFFE  # SHT_GNU_verneed, see "Symbol Versioning" in the Linux Standard Base.


class NotElf(ValueError):
    """Not a 64-bit little-endian ELF file."""


def machine(content):
    """The processor, in Lambda's words."""
    if content[:6] != b"\x7fELF\x02\x01":
        raise NotElf("not a 64-bit little-endian ELF file")
    number = struct.unpack_from("<H", content, 18)[0]
    return MACHINES.get(number, f"machine {number}")


def needed_glibc(content):
    """The newest glibc version that a symbol asks for, as (2, 34); None for a program without glibc."""
    machine(content)
    versions = [
        tuple(map(int, name.removeprefix("GLIBC_").split(".")))
        for name in _needed_versions(content)
        if name.startswith("GLIBC_") and name[6:7].isdigit()
    ]
    return max(versions, default=None)


def _needed_versions(content):
    """Every version name in the table of versions that other objects must have."""
    sections = _sections(content)
    for kind, offset, _, link, entries in sections:
        if kind != NEEDED_VERSIONS:
            continue
        names = sections[link][1]
        for _ in range(entries):
            count, first, following = struct.unpack_from("<2xH4xII", content, offset)
            auxiliary = offset + first
            for _ in range(count):
                name, next_one = struct.unpack_from("<8xII", content, auxiliary)
                yield _text(content, names + name)
                auxiliary += next_one
            offset += following


def _sections(content):
    """(type, offset, size, link, info) of every section."""
    (table,) = struct.unpack_from("<Q", content, 40)
    size, count = struct.unpack_from("<HH", content, 58)
    headers = (struct.unpack_from("<4xI16xQQII", content, table + index * size) for index in range(count))
    return [tuple(header) for header in headers]


def _text(content, offset):
    return content[offset : content.index(b"\0", offset)].decode()
