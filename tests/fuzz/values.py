"""Random hostile values: JSON, mutated samples, mutated bytes, and messages of a protocol."""

from __future__ import annotations

import copy
import types
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

TEXTS = (
    "",
    "0",
    "-1",
    "1e-999999999999",
    "1e-300000000",
    "1e308",
    "NaN",
    "9" * 5000,
    "[" * 3000,
    "[{",
    '{"a": null}',
    "null",
    "true",
    "\x00",
    "\ud83d",
    "\x1b]52;c;eA==\x07\x1b[31mred",
    "\u202eevil\u2066",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "$x$ and $$y$$ {{z}} `w`",
    "../../id_rsa",
    "id_rsa",
    "/etc/passwd",
    "inputs/../../id_rsa",
    "file:///etc/passwd",
    "http://[",
    "http://127.0.0.1:1/latest/meta-data",
    "https://user:pw@example.org/a.mp4",
    "\\\\host\\share\\a.png",
    "a" * 200_000,
    "é" * 3000,
    "task_postprocess_end",
    "task_start",
    "line\n" * 5000,
)
NUMBERS = (0, 1, -1, 2**31, 2**63, -(2**63), 10**400, 0.5, 1e308, float("inf"), float("nan"))


def scalar(rng: Random) -> Any:
    """A text, a number, or one of the constants."""
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(TEXTS)
    return rng.choice(NUMBERS) if kind < 0.9 else rng.choice((None, True, False))


def anything(rng: Random, depth: int = 3) -> Any:
    """Whatever JSON can say."""
    kind = rng.random() if depth else 0.0
    if kind < 0.6:
        return scalar(rng)
    if kind < 0.64:
        value: Any = scalar(rng)
        for _ in range(rng.choice((5, 100, 400))):
            value = [value]
        return value
    if kind < 0.68:
        return [rng.choice((rng.choice(TEXTS)[:9], 5, None))] * rng.choice((50, 3000))
    if kind < 0.84:
        return [anything(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {str(scalar(rng))[:50]: anything(rng, depth - 1) for _ in range(rng.randrange(4))}


def mutated(rng: Random, sample: Any) -> Any:
    """A copy of a good value in which some places hold something else, or nothing."""
    value = copy.deepcopy(sample)
    for _ in range(rng.choice((1, 1, 2, 5))):
        value = _changed(rng, value)
    return value


def _changed(rng: Random, value: Any) -> Any:
    if isinstance(value, (dict, list)) and value and rng.random() < 0.9:
        places = list(value) if isinstance(value, dict) else list(range(len(value)))
        place = rng.choice(places)
        if rng.random() < 0.1:
            del value[place]
        else:
            value[place] = _changed(rng, value[place])
        return value
    return anything(rng)


def mutated_bytes(rng: Random, sample: bytes) -> bytes:
    """A copy of a good file with some bytes turned over, cut out, doubled or put at the end."""
    data = bytearray(sample)
    for _ in range(rng.choice((1, 3, 10, 50))):
        at = rng.randrange(len(data) or 1)
        kind = rng.randrange(5)
        if kind == 0:
            data[at : at + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            data[at : at + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"))
        elif kind == 2:
            del data[at : at + rng.choice((1, 10, 1000))]
        elif kind == 3:
            data[at:at] = data[at : at + rng.choice((1, 10, 1000))]
        else:
            data += bytes(rng.randrange(256) for _ in range(10))
    return bytes(data)


def of_type(rng: Random, kind: Any) -> Any:
    """A hostile value that a protocol type allows."""
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        required: frozenset[str] = kind.__required_keys__
        names = [name for name in hints if name in required or rng.random() < 0.5]
        return {name: of_type(rng, hints[name]) for name in names}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return rng.choice(arguments)
    if origin in {Union, types.UnionType}:
        return of_type(rng, rng.choice(arguments))
    if origin is list:
        return [of_type(rng, arguments[0]) for _ in range(rng.choice((0, 1, 2, 300)))]
    if origin is dict:
        return {str(scalar(rng))[:40]: of_type(rng, arguments[1]) for _ in range(rng.randrange(4))}
    return _plain(rng, kind)


def _plain(rng: Random, kind: Any) -> Any:
    choices: dict[Any, Sequence[Any]] = {
        str: TEXTS,
        int: [number for number in NUMBERS if isinstance(number, int)],
        float: NUMBERS,
        bool: (True, False),
        type(None): (None,),
    }
    return rng.choice(choices[kind]) if kind in choices else anything(rng)
