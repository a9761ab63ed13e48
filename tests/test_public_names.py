"""The top level: complete, sorted, light to import, and true in a fresh interpreter."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wiro_widgets as ww
from tests.conftest import ROOT

USED = re.compile(r"\bww\.([A-Za-z_]\w*)")


def _fresh(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_every_public_name_is_there() -> None:
    assert ww.__all__ == sorted(set(ww.__all__))
    for name in ww.__all__:
        assert getattr(ww, name) is not None
    assert set(ww.__all__) <= set(dir(ww))


def test_what_is_loaded_is_what_type_checkers_see() -> None:
    tree = ast.parse(Path(str(ww.__file__)).read_text("utf-8"))
    (checked,) = (
        statement
        for statement in tree.body
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"
    )
    declared: dict[str, list[str]] = {}
    for statement in checked.body:
        assert isinstance(statement, ast.ImportFrom)
        for alias in statement.names:
            # Without "as", mypy takes it for a name of this module only.
            assert alias.asname == alias.name
            declared.setdefault(str(statement.module), []).append(alias.name)
    # Type checkers see a function; what runs is the package of that name, which can be called.
    declared["wiro_widgets.api"].remove("library")
    declared["wiro_widgets.library"] = ["library"]
    assert {module: sorted(names) for module, names in ww._NAMES.items()} == declared
    assert set(ww.__all__) == {"__version__"}.union(*ww._NAMES.values())


def test_whatever_the_pages_and_tutorials_write_exists() -> None:
    texts = [page.read_text("utf-8") for page in (ROOT / "README.md", ROOT / "CHANGELOG.md")]
    texts += [page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md")]
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        texts += ["".join(cell["source"]) for cell in cells]
    texts += [module.read_text("utf-8") for module in (ROOT / "wiro_widgets").rglob("*.py")]
    used = set(USED.findall("\n".join(texts)))
    assert {"run", "connect", "Studio"} <= used
    assert used - set(ww.__all__) == set()


def test_what_functions_return_and_raise_is_public() -> None:
    """What a person catches or annotates must not have to be looked for inside the package."""
    api = ast.parse((ROOT / "wiro_widgets" / "api.py").read_text("utf-8"))
    functions = [
        one for one in api.body if isinstance(one, ast.FunctionDef) and one.name in ww.__all__
    ]
    assert len(functions) == 7
    for function in functions:
        assert ast.unparse(function.returns or ast.Constant(None)) in ww.__all__
    for caught in ("InputError", "SessionClosed", "SubmissionUnknown", "TaskFailed", "WaitTimeout"):
        assert issubclass(getattr(ww, caught), ww.WiroError)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        ww.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("wiro_widgets", ["anywidget", "requests", "av", "PIL", "aiohttp", "numpy"]),
        ("wiro_widgets.client", ["traitlets", "ipywidgets", "anywidget", "av", "PIL", "numpy"]),
        ("wiro_widgets.library.library", ["traitlets", "ipywidgets", "anywidget", "av", "numpy"]),
        ("wiro_widgets.runs.session", ["ipywidgets", "anywidget", "av", "PIL", "aiohttp"]),
        ("wiro_widgets.api", ["ipywidgets", "anywidget", "av", "PIL", "aiohttp"]),
    ],
)
def test_importing_loads_nothing_heavy(module: str, heavy: list[str]) -> None:
    loaded = _fresh(f"import sys, {module}; print(*sys.modules)").split()
    assert not set(heavy) & set(loaded)
