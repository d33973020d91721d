"""Tests that documents name, as `path/of/the/file` "name of the test", and whether they are there.

The name of a test in Rust or Python is its function's; elsewhere it is the string that the test is called by.
"""

import re

NAMED = re.compile(r'`([\w./-]+\.\w+)`\s+"([^"]+)"')


def troubles(root, text):
    """What is wrong with the tests that a text names."""
    for path, name in NAMED.findall(text):
        file = root / path
        if not file.is_file():
            yield f"there is no {path}"
        elif not holds(file, " ".join(name.split())):
            yield f'{path} has no test "{name}"'


def holds(file, name):
    """Whether a file has a test of this name."""
    text = file.read_text()
    if file.suffix == ".rs":
        pattern = rf"#\[(?:tokio::)?test[^\n]*\]\s*(?:#\[[^\n]*\]\s*)*(?:async )?fn {re.escape(name)}\("
        return bool(re.search(pattern, text))
    if file.suffix == ".py":
        return bool(re.search(rf"^\s*def {re.escape(name)}\(", text, re.MULTILINE))
    return f'"{name}"' in text or f"`{name}`" in text


def section(text, heading):
    """What stands under a heading of the second level; None if there is none."""
    _, found, rest = text.partition(f"{heading}\n")
    return rest.split("\n## ")[0] if found else None


def rows(section):
    """The rows of a section's table, without its heading."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return lines[2:]


def cells(row):
    """A row's cells."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]
