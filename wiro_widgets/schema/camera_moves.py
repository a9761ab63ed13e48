"""Camera moves in a prompt: ``[Push in]``, several in one bracket at once, brackets in turn.

``js/src/widgets/prompt_input/camera_moves.ts`` has the same; tests/cases/camera_moves.json tests
both.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .hailuo import CAMERA_MOVES, is_hailuo

MOST_AT_ONCE = 3
"""MiniMax advises against more moves than this in one bracket."""

_BRACKET = r"\[([^\[\]\n]*)\]"
_FARTHEST = 2
"""By how many letters a misspelt move may differ from the one that is suggested."""


class Bracket(NamedTuple):
    """A bracket of a prompt."""

    moves: list[str]
    """Its contents, split at commas."""
    unknown: list[str]
    """Those of `moves` that the model does not know."""


def brackets_of(text: str) -> list[Bracket]:
    """The brackets of a prompt, in its order."""
    known = {command.lower() for command in CAMERA_MOVES}
    found = []
    for inner in re.findall(_BRACKET, text):
        moves = [move for each in inner.split(",") if (move := each.strip())]
        found.append(Bracket(moves, [move for move in moves if move.lower() not in known]))
    return found


def camera_warnings(model: str, prompt: str) -> list[str]:
    """What a model will not do as the brackets of a prompt say, in sentences; it can be sent.

    Args:
        model: Any spelling of the model's name; empty for models without camera moves.
        prompt: The whole prompt.
    """
    if not is_hailuo(model):
        return []
    brackets = brackets_of(prompt)
    unknown = dict.fromkeys(move for bracket in brackets for move in bracket.unknown)
    return [
        *map(_unknown_words, unknown),
        *(
            f"Combining more than {MOST_AT_ONCE} moves often blurs. To play them in sequence, give"
            " each its own brackets."
            for bracket in brackets
            if len(bracket.moves) > MOST_AT_ONCE
        ),
    ]


def _unknown_words(move: str) -> str:
    near = min(CAMERA_MOVES, key=lambda command: _distance(move.lower(), command.lower()))
    close = _distance(move.lower(), near.lower()) <= _FARTHEST
    guess = f" Did you mean [{near}]?" if close else ""
    return (
        f"This model doesn't recognise [{move}] as a camera move and will read it as text.{guess}"
    )


def _distance(one: str, other: str) -> int:
    """How many letters have to be put in, left out or changed; more than enough when too many."""
    if abs(len(one) - len(other)) > _FARTHEST:
        return _FARTHEST + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        following = [i]
        for j, opposite in enumerate(other, 1):
            swap = row[j - 1] + (letter != opposite)
            following.append(min(swap, row[j] + 1, following[j - 1] + 1))
        row = following
    return row[-1]
