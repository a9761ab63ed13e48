"""The tables of docs/sandbox.md: each row has a kind and a test, and the counts are right."""

import re
from collections import Counter

import pytest

from .server import REPOSITORY

PAGE = (REPOSITORY / "docs" / "sandbox.md").read_text("utf-8")
KINDS = ("documented", "seen", "guess")


def rows(title):
    """The cells of the table below a heading."""
    section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return section, [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@pytest.mark.parametrize("title", ["What it claims of the service", "Where it differs on purpose"])
def test_every_row_is_held_by_a_test(title):
    _, found = rows(title)
    assert found
    for row in found:
        assert len(row) == 4, row
        assert all(row), row
        file, _, function = row[-1].strip("`").partition("/")
        source = (REPOSITORY / "tests" / "sandbox" / f"test_{file}.py").read_text("utf-8")
        assert f"def test_{function}(" in source, row


def test_the_counts_on_top_are_right():
    section, found = rows("What it claims of the service")
    kinds = Counter(row[2] for row in found)
    assert set(kinds) == set(KINDS)
    expected = (len(found), *(kinds[kind] for kind in KINDS))
    said = re.search(r"(\d+) claims: (\d+) documented, (\d+) seen .*, (\d+) guesses", section)
    assert tuple(map(int, said.groups())) == expected
    section, found = rows("Where it differs on purpose")
    assert f"\n{len(found)} differences.\n" in section
