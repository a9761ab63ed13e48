"""Breaks one line at a time and says which tests notice.

``python -m tests.runs.mutations [words]``: every lock of ``runs/`` and ``library/`` is replaced by
nothing, every condition by which a task is matched to a run is removed, and every guard of the
journal's statements. Each in a copy of the package, one after the other; only those whose name has
one of the words. Exit code 1 when a mutant survives.
"""

from __future__ import annotations

import ast
import copy
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 400
"""For the tests of one mutant; more is a hang, which is noticed too."""
LOCKS = ("Lock", "RLock", "Condition")
NOTHING = "__import__('tests.runs.nothing', fromlist=['Nothing']).Nothing()"
MATCHING = ("look", "match", "window", "verdict", "_alike", "_tasks_since", "_plain", "_addresses")
LOCK_TESTS = ("test_workers.py", "test_locks.py", "test_life_threads.py")
MATCH_TESTS = ("test_matching.py", "test_life_matching.py", "test_life_unknown.py")
EQUIVALENT = {
    "match look: without not lost": "saves reading the list when nothing is lost",
    "match look: without row.status == 'unknown'": "`Journal.adopt` takes unknown runs only",
    "journal retried: without AND status = 'failed'": "only failed runs are followed by equal ones",
}
"""Mutants that change nothing that can be seen, and why."""
JOURNAL_TESTS = (
    "test_journal_steps.py",
    "test_life_matching.py",
    "test_life_unknown.py",
    "test_life_queue.py",
    "test_life_stop.py",
    "test_life_again.py",
)


@dataclass(frozen=True)
class Mutant:
    """One broken line.

    Attributes:
        name: Where and what.
        path: The file, below the root.
        source: All of it, broken.
        tests: The files of ``tests/runs`` that should notice.
    """

    name: str
    path: Path
    source: str
    tests: tuple[str, ...]


def lock_mutants() -> Iterator[Mutant]:
    """Each lock and condition replaced by nothing."""
    for path in sorted((*_files("runs"), *_files("library"))):
        tree = ast.parse((ROOT / path).read_text())
        for node in ast.walk(tree):
            value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
            if not (isinstance(value, ast.Call) and _is_lock(value.func)):
                continue
            kept = node.value
            node.value = ast.parse(NOTHING, mode="eval").body  # type: ignore[union-attr]
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            name = f"lock {path.stem}:{node.lineno} {ast.unparse(target)}"
            yield Mutant(name, path, ast.unparse(tree), LOCK_TESTS)
            node.value = kept  # type: ignore[union-attr]


def matching_mutants() -> Iterator[Mutant]:
    """Each condition of the functions that match tasks to runs taken away."""
    path = Path("wiro_widgets/runs/settling.py")
    source = (ROOT / path).read_text()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef) and function.name in MATCHING:
            for index, _ in enumerate(_broken(function)):
                tree = ast.parse(source)
                own = next(
                    one
                    for one in ast.walk(tree)
                    if isinstance(one, ast.FunctionDef) and one.name == function.name
                )
                words = next(one for at, one in enumerate(_broken(own)) if at == index)
                name = f"match {function.name}: without {words}"
                yield Mutant(name, path, ast.unparse(ast.fix_missing_locations(tree)), MATCH_TESTS)


def _broken(function: ast.FunctionDef) -> Iterator[str]:
    """Break a function in each way, one at a time, in place; what was taken away."""
    for node in ast.walk(function):
        if isinstance(node, ast.BoolOp):
            for index, value in enumerate(node.values):
                kept = list(node.values)
                node.values[index] = ast.Constant(isinstance(node.op, ast.And))
                yield ast.unparse(value)
                node.values = kept
        elif isinstance(node, ast.Compare) and len(node.ops) > 1:
            for index in range(len(node.ops)):
                yield from _without(node, index)
        elif isinstance(node, ast.comprehension):
            for index, condition in enumerate(node.ifs):
                kept = list(node.ifs)
                node.ifs[index] = ast.Constant(True)
                yield ast.unparse(condition)
                node.ifs = kept
        elif isinstance(node, ast.If) and not isinstance(node.test, ast.BoolOp):
            kept_test = node.test
            node.test = ast.Constant(False)
            yield ast.unparse(kept_test)
            node.test = kept_test


def _without(node: ast.Compare, index: int) -> Iterator[str]:
    """One half of ``a <= b <= c`` taken away."""
    ops, left, comparators = list(node.ops), node.left, list(node.comparators)
    operands = [left, *comparators]
    kept = copy.copy(node)
    pair = ast.Compare(operands[1 - index], [ops[1 - index]], [operands[2 - index]])
    node.left, node.ops, node.comparators = pair.left, pair.ops, pair.comparators
    yield f"{ast.unparse(operands[index])} .. {ast.unparse(operands[index + 1])}"
    node.left, node.ops, node.comparators = kept.left, ops, comparators


def journal_mutants() -> Iterator[Mutant]:
    """Each guard of the journal's UPDATE statements taken away."""
    path = Path("wiro_widgets/library/journal.py")
    source = (ROOT / path).read_text()
    guard = re.compile(
        r" AND (?:status = '\w+'|status IN \([^)]*\)|NOT EXISTS \([^)]*\)"
        r"|(?P<value>(?:owner|status) = \?))"
    )
    for found in guard.finditer(source):
        function = re.findall(r"\n    def (\w+)", source[: found.start()])[-1]
        # A placeholder must stay, or the values would not fit.
        then = f" AND ({found['value']} OR 1)" if found["value"] else ""
        if "NOT EXISTS" in found[0]:
            then = " AND (1 OR ? IS NULL)"
        broken = source[: found.start()] + then + source[found.end() :]
        yield Mutant(f"journal {function}: without{found[0]}", path, broken, JOURNAL_TESTS)


def _files(room: str) -> list[Path]:
    return [path.relative_to(ROOT) for path in (ROOT / "wiro_widgets" / room).glob("*.py")]


def _is_lock(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and (function.value.id, function.attr) in {("threading", name) for name in LOCKS}
    )


def noticed_by(mutant: Mutant, place: Path) -> list[str]:
    """The tests that fail in a copy with one broken file; the first one found ends the search."""
    path = place / mutant.path
    whole = path.read_text()
    path.write_text(mutant.source)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", "-p"]
    command += ["no:cacheprovider", *(f"tests/runs/{name}" for name in mutant.tests)]
    try:
        done = subprocess.run(
            command,
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(place)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ["a hang"]
    finally:
        path.write_text(whole)
    failed = re.findall(r"^(?:FAILED|ERROR) \S*?/(\w+\.py\S*)", done.stdout, re.MULTILINE)
    return failed or (["the watchdog"] if done.returncode else [])


def _text() -> str:
    return (ROOT / "pyproject.toml").read_text()


def main(words: list[str]) -> int:
    """Print a line for each mutant; 1 when one survives."""
    mutants = [
        mutant
        for mutant in (*lock_mutants(), *matching_mutants(), *journal_mutants())
        if mutant.name not in EQUIVALENT
        and (not words or any(word in mutant.name for word in words))
    ]
    survivors = 0
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        for name in ("wiro_widgets", "tests", "notebooks"):
            ignored = shutil.ignore_patterns("__pycache__", "wiro-runs")
            shutil.copytree(ROOT / name, place / name, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", place)
        for tests in sorted({mutant.tests for mutant in mutants}):
            whole = noticed_by(Mutant("nothing", Path("pyproject.toml"), _text(), tests), place)
            assert not whole, f"the tests are red without a mutation: {whole}"
        for mutant in mutants:
            begin = time.monotonic()
            tests = noticed_by(mutant, place)
            survivors += not tests
            said = tests[0] if tests else "SURVIVES"
            print(f"{time.monotonic() - begin:5.0f} s  {mutant.name:70}  {said}", flush=True)  # noqa: T201
    print(f"{survivors} survive")  # noqa: T201
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
