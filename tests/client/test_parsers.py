"""Parsers meet everything: no input makes them raise anything but our errors."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiro_widgets.client import (
    InputError,
    ModelSpec,
    Output,
    Price,
    PriceRange,
    Task,
    WiroError,
    check_parameters,
    normalize_slug,
)
from wiro_widgets.media.types import sniff
from wiro_widgets.schema.parsing import run_path
from wiro_widgets.schema.responses import Response, read_response
from wiro_widgets.schema.tasks import parse_frame, progress_in

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["0", "", "-1", "1e999", "NaN", "[", "{}", '["a"]', "null", "task_start"])
    | st.sampled_from(["1e-999999999", "\ud800", "\x1b]52;c;x\x07", "\u202ex", "9" * 5000, 10**400])
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)


def objects(*names: str) -> st.SearchStrategy:
    """Dictionaries with the names that matter, holding anything."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, anything)) | anything


TASK = objects(
    "id",
    "taskid",
    "socketaccesstoken",
    "status",
    "pexit",
    "outputs",
    "totalcost",
    "listprice",
    "elapsedseconds",
    "debugoutput",
    "debugerror",
    "parameters",
    "modelslugowner",
    "modelslugproject",
    "createtime",
    "canceltime",
)
ITEM = objects(
    "id",
    "type",
    "label",
    "default",
    "defaultvalue",
    "required",
    "options",
    "min",
    "maxvalue",
    "step",
    "incrementby",
    "maxinputlenght",
)
GROUPS = st.lists(
    st.fixed_dictionaries({"title": anything, "items": st.lists(ITEM, max_size=3)}), max_size=2
)
PRICES = st.lists(objects("inputs", "price", "priceMethod", "priceExtra"), max_size=3)


@settings(max_examples=150, deadline=None)
@given(TASK)
def test_any_task(item):
    task = Task.parse(item)
    assert isinstance(task.failure_reason, str)
    assert task.terminal or not task.succeeded
    # By repr, since a NaN in it does not equal itself.
    assert repr(pickle.loads(pickle.dumps(task))) == repr(task)
    assert task.cost is None or task.cost.is_finite()
    if task.token:
        assert f"token='{task.token}'" not in repr(task)


@pytest.mark.parametrize(
    ("owner", "project", "slug"),
    [
        ("MiniMax", "hailuo-2.3-Fast", "minimax/hailuo-2-3-fast"),
        ("--", "model", ""),
        ("a", "..", ""),
        ("a/b", "c", ""),
        ("a", "b/c", ""),
        (" ", "\u3000", ""),
        ("", "model", ""),
        (None, ["x"], ""),
    ],
)
def test_a_task_of_an_unusable_model_name_has_none(owner, project, slug):
    task = Task.parse({"id": "1", "modelslugowner": owner, "modelslugproject": project})
    assert (task.id, task.model) == ("1", slug)


@settings(max_examples=100, deadline=None)
@given(objects("id", "name", "size", "url", "contenttype"))
def test_any_output(item):
    output = Output.parse(item)
    assert output.size >= 0


@settings(max_examples=200, deadline=None)
@given(
    objects("type", "id", "tasktoken", "message", "terminal", "exitCode").map(json.dumps)
    | st.text()
    | st.binary()
)
def test_any_frame(text):
    frame = parse_frame(text)
    assert frame is None or frame.progress is None or 0 <= frame.progress <= 1


@settings(max_examples=200, deadline=None)
@given(
    st.integers(100, 599),
    st.binary()
    | objects("result", "errors", "taskid").map(lambda value: json.dumps(value).encode())
    | st.lists(objects("code", "message"), max_size=2).map(
        lambda errors: json.dumps({"result": False, "errors": errors}).encode()
    ),
    st.none() | st.text(),
)
def test_any_reply(status, body, retry_after):
    refused = None
    try:
        assert isinstance(read_response(Response(status, body, retry_after)), dict)
    except WiroError as error:
        refused = error
    if refused is not None:
        assert str(refused)
        assert pickle.loads(pickle.dumps(refused)).__dict__ == refused.__dict__


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "slugowner": st.just("minimax") | anything,
            "slugproject": st.just("hailuo-2.3") | anything,
            "parameters": GROUPS | GROUPS.map(json.dumps) | anything,
            "dynamicprice": PRICES | anything,
            "categories": anything,
        }
    ),
    st.dictionaries(st.sampled_from(["prompt", "duration", "x"]), scalars, max_size=3),
)
def test_any_model(tool, values):
    spec = ModelSpec.parse(tool)
    if spec is None:
        return
    assert isinstance(spec.slug, str)
    estimate = spec.price.estimate(values)
    assert estimate is None or estimate.low <= estimate.high
    refused = None
    try:
        check_parameters(spec, values, {})
    except InputError as error:
        refused = error
    assert refused is None or refused.field


@settings(max_examples=100, deadline=None)
@given(objects("openapi", "paths", "components", "info"))
def test_any_openapi_document(document):
    with pytest.raises(InputError):
        ModelSpec.from_openapi(document)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_slug(text):
    try:
        clean = normalize_slug(text)
    except InputError:
        return
    assert normalize_slug(clean) == clean
    assert clean.count("/") == 1
    assert run_path(text).startswith("Run/")
    assert run_path(text).count("/") == 2


@given(st.text())
def test_any_log(text):
    progress = progress_in(text)
    assert progress is None or 0 <= progress <= 1


@given(st.binary(max_size=64))
def test_any_bytes(head):
    content_type, suffix = sniff(head)
    assert "/" in content_type
    assert suffix.startswith(".")


@pytest.mark.parametrize(
    "text",
    ["1e-31", "1e300", "1e-999999999", "0e-999999999", "0e999999999", "9" * 32, "0." + "0" * 40],
)
def test_an_amount_that_is_none_is_not_written_out(text):
    assert Task.parse({"totalcost": text}).cost is None
    assert Price.parse([{"price": text}], text) == Price()


@pytest.mark.parametrize("text", ["1e-30", "1e30", "0.000000000000", "-0.19", " 12.5 "])
def test_an_amount_may_be_small_or_large(text):
    assert Task.parse({"totalcost": text}).cost == Decimal(text.strip())


@pytest.mark.parametrize("name", ["listcost", "listprice", "originalcost", "originalprice"])
def test_a_list_price_is_read_beside_the_charge(name):
    task = Task.parse({"totalcost": "0.14", name: "0.28"})
    assert (task.cost, task.list_cost) == (Decimal("0.14"), Decimal("0.28"))
    assert Task.parse({"totalcost": "0.14"}).list_cost is None


@given(st.decimals(0, 1000, places=12))
def test_money_is_read_to_the_last_digit(amount):
    assert Task.parse({"totalcost": f"{amount:f}"}).cost == amount
    price = Price.parse(json.dumps([{"inputs": {}, "price": str(amount), "priceMethod": "cpr"}]))
    # A price list that says zero says nothing.
    assert price.estimate({}) == (PriceRange(amount, amount, "cpr") if amount else None)
