"""One conversion for everything that people hold: taken in the documented form, or refused."""

from __future__ import annotations

import collections
import datetime as dt
import itertools
import json
import pathlib
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.client.fake_service import FakeService
from tests.held import (
    ENDLESS,
    MISSING,
    NARROW_HELD,
    NO_SCALAR,
    PARTS_HELD,
    SWITCH_HELD,
    TEXT_HELD,
    WHOLE_HELD,
    Evil,
    Row,
)
from tests.media import odd_files
from wiro_widgets.client import Credentials, InputError, ModelSpec, WiroClient
from wiro_widgets.library.request import RunRequest, StoredInput
from wiro_widgets.schema.parsing import fold
from wiro_widgets.schema.values import listed, missing_name

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "minimax/hailuo-2.3"
IMAGE = odd_files.saved(odd_files.scene(), "PNG")
CHOICES = {"duration": ["6", "10"], "resolution": ["768P", "1080P"]}
ITEMS = [
    {"id": "prompt", "type": "textarea"},
    {"id": "caption", "type": "text"},
    {"id": "steps", "type": "range"},
    {"id": "scale", "type": "float"},
    *({"id": name, "type": "select", "options": values} for name, values in CHOICES.items()),
    {"id": "promptOptimizer", "type": "select", "options": ["true", "false"]},
    {"id": "sound", "type": "select", "options": ["on", "off"]},
    {"id": "draft", "type": "checkbox"},
    {"id": "shots", "type": "json"},
    {"id": "from", "type": "datetime"},
]
TOOL = {"slugowner": "minimax", "slugproject": "hailuo-2.3", "parameters": ITEMS}
FOUND = ModelSpec.parse(TOOL)
assert FOUND is not None
SPEC: ModelSpec = FOUND
KINDS = {**MISSING, **NO_SCALAR, "None": None}
SINGLE = ("caption", "steps", "scale", *CHOICES, "promptOptimizer", "draft")
VALUES = st.fixed_dictionaries(
    {"prompt": TEXT_HELD},
    optional={
        "caption": TEXT_HELD,
        "steps": WHOLE_HELD,
        "scale": PARTS_HELD | NARROW_HELD,
        "promptOptimizer": SWITCH_HELD,
        "draft": SWITCH_HELD,
    },
)


@pytest.fixture(scope="module")
def service() -> Iterator[FakeService]:
    with FakeService() as running:
        yield running


@pytest.fixture(scope="module")
def client(service: FakeService) -> Iterator[WiroClient]:
    with WiroClient(Credentials("key"), service.api_url, service.socket_url) as ready:
        yield ready


def build(values: dict[str, Any]) -> RunRequest:
    """A request as `ww.run` makes it."""
    return RunRequest.build(SPEC, values, lambda *_: StoredInput("https://a.example", "", ""))


def canonical(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(VALUES, st.booleans())
def test_what_is_taken_arrives_as_the_documented_type(
    service: FakeService, client: WiroClient, values: dict[str, Any], form: bool
) -> None:
    given_values = {name: each for name, (_, each) in values.items()}
    expected = {name: canonical(each) for name, (each, _) in values.items()}
    if form:
        client.submit(MODEL, given_values, {"inputImage": IMAGE}, spec=SPEC)
        _, _, body = service.requests[-1]
        for name, value in expected.items():
            assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in body
        return
    client.submit(MODEL, given_values, spec=SPEC)
    _, _, body = service.requests[-1]
    assert json.loads(body) == expected
    assert {n: type(v) for n, v in json.loads(body).items()} == {
        n: type(v) for n, v in expected.items()
    }


@settings(max_examples=80, deadline=None)
@given(VALUES)
def test_the_same_asked_for_otherwise_is_the_same_request(values: dict[str, Any]) -> None:
    plain = build({name: each for name, (each, _) in values.items()})
    as_held = build({name: each for name, (_, each) in values.items()})
    assert as_held.fingerprint() == plain.fingerprint()
    assert json.loads(json.dumps(dict(as_held.parameters))) == as_held.parameters


@pytest.mark.parametrize("value", MISSING.values(), ids=MISSING)
@pytest.mark.parametrize("name", ["prompt", *SINGLE, "shots", "other"])
def test_a_missing_value_is_refused_by_name(
    service: FakeService, client: WiroClient, name: str, value: Any
) -> None:
    before = service.paid_posts
    for spec in (SPEC, None):
        with pytest.raises(InputError, match=r" is \w+, a missing value\.") as caught:
            client.submit(MODEL, {"prompt": "A gull", name: value}, spec=spec)
        assert caught.value.field == name
        assert caught.value.remedy
    with pytest.raises(InputError) as caught:
        build({"prompt": "A gull", name: value})
    assert caught.value.field == name
    assert service.paid_posts == before


@pytest.mark.parametrize("value", NO_SCALAR.values(), ids=NO_SCALAR)
@pytest.mark.parametrize("name", ["prompt", *SINGLE])
def test_what_is_no_single_value_is_refused_by_name(
    service: FakeService, client: WiroClient, name: str, value: Any
) -> None:
    before = service.paid_posts
    with pytest.raises(InputError) as caught:
        client.submit(MODEL, {"prompt": "A gull", name: value}, spec=SPEC)
    assert caught.value.field == name
    assert "0x" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        build({"prompt": "A gull", name: value})
    assert caught.value.field == name
    assert service.paid_posts == before


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["prompt", *SINGLE, "shots", "from", "sound"]),
    st.recursive(
        st.sampled_from([*KINDS]).map(KINDS.get)
        | st.text()
        | st.binary()
        | st.integers()
        | st.floats()
        | st.decimals()
        | st.fractions()
        | st.complex_numbers()
        | st.dates()
        | st.timedeltas(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
        max_leaves=6,
    ),
)
def test_anything_is_json_or_an_input_error(name: str, value: Any) -> None:
    parameter = SPEC.parameter(name)
    assert parameter is not None
    refused = None
    try:
        json.dumps(parameter.to_wire(value), allow_nan=False).encode()
    except InputError as error:
        refused = error
    assert refused is None or refused.field == name


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("duration", np.int64(6), "6"),
        ("duration", dt.timedelta(seconds=6), "6"),
        ("duration", np.timedelta64(6000, "ms"), "6"),
        ("duration", pd.Timedelta(seconds=10), "10"),
        ("steps", 2**53 + 1, 2**53 + 1),
        ("steps", str(2**53 + 1), 2**53 + 1),
        ("scale", np.float16(0.1), 0.1),
        ("scale", -0.0, 0),
        ("caption", 6.0, "6"),
        ("sound", True, "on"),
        ("sound", np.False_, "off"),
        ("shots", ({"a": np.int8(1)}, pd.Series([0.5, 2])), [{"a": 1}, [0.5, 2]]),
        ("from", dt.date(2026, 1, 6), "2026-01-06"),
        ("from", np.datetime64("2026-01-06T01:02:03.5"), "2026-01-06T01:02:03.500000"),
        ("from", pd.Timestamp("2026-01-06 01:02", tz="UTC"), "2026-01-06T01:02:00+00:00"),
    ],
    ids=str,
)
def test_other_kinds(name: str, value: Any, sent: Any) -> None:
    parameter = SPEC.parameter(name)
    assert parameter is not None
    found = parameter.to_wire(value)
    assert found == sent
    assert type(found) is type(sent)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1, [2, pd.NA]], "shots[1][1] is NA, a missing value"),
        ({"a": [1, b"x"]}, "shots['a'][1] can't be bytes"),
        ({6: 1}, "the number 6 for a name"),
        ({1, 2}, "can't be a set"),
        (ENDLESS, "nested too deep"),
        (["a\ud83d"], "half a character at position 1"),
        (dt.date(2026, 1, 6), "can't be a date"),
    ],
    ids=str,
)
def test_what_is_wrong_within_a_value_is_told_with_its_place(value: Any, words: str) -> None:
    with pytest.raises(InputError, match="shots") as caught:
        build({"prompt": "A gull", "shots": value})
    assert words in str(caught.value)


class Polars:
    """Neither iterable nor an array, as some columns are."""

    def to_list(self) -> list[int]:
        return [6, 10]


@pytest.mark.parametrize(
    ("several", "found"),
    [
        ([6, 10], [6, 10]),
        ((6, 10), [6, 10]),
        (range(6, 8), [6, 7]),
        (pd.Series([6, 10], index=[5, 3]), [6, 10]),
        (pd.Index([6, 10]), [6, 10]),
        (pd.Series(["b", "a"], dtype="category"), ["b", "a"]),
        (np.array([6, 10]), [6, 10]),
        (np.array([]), []),
        ({10, 6}, [6, 10]),
        (frozenset("ba"), ["a", "b"]),
        ({"b": 1, "a": 2}.keys(), ["b", "a"]),
        ({"b": 2, "a": 1}.values(), [2, 1]),
        ((each for each in "ba"), ["b", "a"]),
        (map(int, "61"), [6, 1]),
        (collections.deque([6, 10]), [6, 10]),
        (Polars(), [6, 10]),
    ],
    ids=lambda each: type(each).__name__,
)
def test_lists_of_every_kind(several: Any, found: list[Any]) -> None:
    assert listed(several, "x") == found


@pytest.mark.parametrize(
    "one",
    [
        "ab",
        np.str_("ab"),
        b"ab",
        bytearray(b"ab"),
        memoryview(b"ab"),
        {"a": 1},
        collections.UserString("ab"),
        pathlib.Path("a"),
        Row("a"),
        pd.DataFrame({"a": [1]}),
        np.zeros((2, 2)),
        np.array(6),
        6,
        None,
        Evil(),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_is_one_value_is_no_list(one: Any) -> None:
    assert listed(one, "x") is None


def test_an_open_file_is_no_list_of_lines() -> None:
    with tempfile.NamedTemporaryFile() as opened:
        assert listed(opened, "image") is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (itertools.count(), "more than 500 values; a list can have up to 500. It may never end"),
        (range(10**30), "a list can have up to 500. Remove values."),
        ({6, "a"}, "can't be put in order. Give a list"),
        ({6, float("nan")}, "x has NaN in it, a missing value"),
        ({None}, "x has None in it, a missing value"),
    ],
    ids=str,
)
def test_lists_that_are_refused(value: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        listed(value, "x")
    assert words in str(caught.value)
    assert caught.value.field == "x"


@pytest.mark.parametrize(
    "value", [0, "", "nan", False, [], None, object(), Evil()], ids=lambda each: type(each).__name__
)
def test_what_is_merely_empty_is_not_missing(value: Any) -> None:
    assert missing_name(value) == ""


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("istanbul", "A gull over İstanbul"),
        ("İSTANBUL", "istanbul"),
        ("ISTANBUL", "istanbul"),
        ("isik", "IŞIK, ışık"),
        ("strasse", "Straße"),
        ("STRASSE", "Straße"),
        ("straße", "STRASSE"),
        ("cafe", "café"),
        ("café", "cafe\u0301"),
        ("Cafe\u0301", "CAFE"),
        ("smorrebrod", "Smørrebrød"),
        ("lodz", "Łódź"),
        ("aeroskobing", "Ærøskøbing"),
        ("еж", "ЁЖ"),
        ("οδος", "ΟΔΌΣ"),
        ("ffi", "\ufb03"),
        ("768p", "７６８Ｐ"),
        ("don't", "Don\u2019t"),
    ],
)
def test_a_search_minds_neither_capitals_nor_accents(typed: str, written: str) -> None:
    assert fold(typed) in fold(written)


@pytest.mark.parametrize(
    ("typed", "written"), [("か", "が"), ("가", "각"), ("gull", "gall"), ("न", "ऩ"), ("o", "0")]
)
def test_other_letters_stay_other_letters(typed: str, written: str) -> None:
    assert fold(typed) not in fold(written)


@settings(max_examples=300)
@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)
