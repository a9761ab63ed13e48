"""The spellings of a model's name (wiro-api.md section 7, item 17)."""

from __future__ import annotations

import re
from urllib.parse import quote

from wiro_widgets.errors import InputError

_PAGE = r"(?i)https?://[^/]+/(?:models|tools)/"
_NOT_CLEAN = r"[\W_]+"


def normalize_slug(text: str) -> str:
    """The clean slug for any spelling of a model's name.

    ``MiniMax/hailuo-2.3-Fast``, ``minimax/hailuo-2.3-fast``, ``MiniMax Hailuo 2.3 Fast`` and
    the address of the model's page all give ``minimax/hailuo-2-3-fast``.

    Raises:
        InputError: There is no owner and project in it.
    """
    owner, project = _split(text)
    clean = [re.sub(_NOT_CLEAN, "-", part.lower()).strip("-") for part in (owner, project)]
    if not all(clean):
        raise _no_model(text)
    return "/".join(clean)


def run_path(model: str) -> str:
    """The path of ``Run`` for a model, percent-encoded.

    Raw slugs (those with capitals or blanks, even a leading one) are sent as they are, since
    the clean form of an odd one cannot be derived with certainty; both are routed.
    """
    owner, project = _split(model)
    raw = "/" in model and (model != model.lower() or " " in owner + project)
    if not raw:
        owner, project = normalize_slug(model).split("/")
    if {owner.strip(), project.strip()} & {"", ".", ".."}:
        raise _no_model(model)
    return f"Run/{quote(owner, safe='')}/{quote(project, safe='')}"


def _split(text: object) -> tuple[str, str]:
    if not isinstance(text, str):
        raise _no_model(text)
    name = re.sub(_PAGE, "", text).strip("/\t\n\r ")
    owner, slash, project = name.partition("/")
    if not slash:
        owner, _, project = name.partition(" ")
    if "/" in project:
        raise _no_model(text)
    return owner.rstrip(), project


def _no_model(text: object) -> InputError:
    return InputError(
        f"{text!r} names no model.",
        field="model",
        remedy='Write it as "owner/model", e.g. "minimax/hailuo-2-3-fast".',
    )
