"""The top level: complete, sorted, light to import, and true in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

import wiro_widgets as ww
from tests.conftest import ROOT


def _fresh(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_every_public_name_is_there() -> None:
    assert ww.__all__ == sorted(ww.__all__)
    for name in ww.__all__:
        assert getattr(ww, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        ww.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("wiro_widgets", ["anywidget", "requests", "av", "PIL", "aiohttp", "numpy"]),
        ("wiro_widgets.client", ["traitlets", "ipywidgets", "anywidget", "av", "PIL", "numpy"]),
        ("wiro_widgets.runs.connection", ["ipywidgets", "anywidget", "av", "PIL", "aiohttp"]),
    ],
)
def test_importing_loads_nothing_heavy(module: str, heavy: list[str]) -> None:
    loaded = _fresh(f"import sys, {module}; print(*sys.modules)").split()
    assert not set(heavy) & set(loaded)


def test_a_run_displays_itself_however_it_was_made() -> None:
    assert _fresh("import wiro_widgets as ww; ww.run; print(ww.Run.view is not None)") == "True"
