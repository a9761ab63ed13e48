"""What people give to a widget: a model by its name, one run or several, as functions take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wiro_widgets.client import InputError, ModelSpec
from wiro_widgets.runs.current import current_session
from wiro_widgets.schema.parsing import clean_text

if TYPE_CHECKING:
    from wiro_widgets.widgets.run_protocols import RunLike

_LONGEST_SAID = 60
_A_RUN = "what ww.run returned, or ww.history()[0]"


def as_model(model: ModelSpec | str | None, widget: str) -> ModelSpec | None:
    """The schema of a model that was given itself, or by its name.

    Args:
        model: None for none.
        widget: Which widget it was given to, named in the error.

    Raises:
        InputError: It is neither.
        NotFoundError: There is no model of that name.
    """
    if isinstance(model, str):
        return current_session().model(model)
    if model is None or isinstance(model, ModelSpec):
        return model
    raise InputError(
        f"{widget} needs a model, and this is {_words_for(model)}.",
        field="model",
        remedy='Give its name, such as "minimax/hailuo-2.3-fast".',
    )


def as_run(run: Any, widget: str) -> RunLike | None:
    """A run, or None for none.

    Raises:
        InputError: It is neither.
    """
    if run is None or _is_run(run):
        given: RunLike | None = run
        return given
    raise InputError(
        f"{widget} shows a run, and this is {_words_for(run)}.", remedy=f"Give {_A_RUN}."
    )


def as_runs(runs: Any, widget: str) -> list[Any]:
    """Different runs from a list of them, from one alone, or from whatever has `runs`: a sweep.

    Args:
        runs: None among them are left out.
        widget: Which widget they were given to, named in the error.

    Raises:
        InputError: Something else is among them.
    """
    given = [runs] if runs is None or _is_run(runs) else getattr(runs, "runs", runs)
    # A text is a list of letters to Python, and one wrong thing to whoever gave it.
    several = [given] if isinstance(given, str | bytes) or not _is_iterable(given) else list(given)
    others = [run for run in several if run is not None and not _is_run(run)]
    if others:
        raise InputError(
            f"{widget} compares runs, and this is {_words_for(others[0])}.",
            remedy=f"Give a list of runs: each is {_A_RUN}.",
        )
    return list({id(run): run for run in several if run is not None}.values())


def _is_run(value: object) -> bool:
    return hasattr(value, "snapshot") and hasattr(value, "observe")


def _is_iterable(value: object) -> bool:
    return isinstance(value, Iterable)


def _words_for(value: object) -> str:
    if isinstance(value, str):
        return f"the text {clean_text(value, _LONGEST_SAID)!r}"
    if isinstance(value, int | float):
        return f"the number {value}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
