"""Schemas in every form the service has used, what is allowed in them, and what a run costs."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wiro_widgets.client import (
    InputError,
    ModelSpec,
    Price,
    check_parameters,
    normalize_slug,
)
from wiro_widgets.schema.parsing import run_path
from wiro_widgets.schema.wording import model_words, setting_words

_CASES = Path(__file__).parents[1] / "cases"
SETTINGS = json.loads((_CASES / "settings.json").read_text("utf-8"))

NEW_ITEMS = [
    {"id": "inputImage", "type": "combinefileinput", "label": "First frame", "required": True},
    {"id": "prompt", "type": "textarea", "description": "What happens", "default": "it\\'s day"},
    {
        "id": "resolution",
        "type": "select",
        "default": "768P",
        "options": [{"label": "768P", "value": "768P"}, {"label": "1080P", "value": "1080P"}],
    },
    {
        "id": "duration",
        "type": "select",
        "required": "true",
        "default": "6",
        "options": [{"label": "6 s", "value": "6"}, {"label": "10 s", "value": "10"}],
    },
    {"id": "seed", "type": "range", "min": "0", "max": 100, "step": 1, "default": "7"},
    {"id": "future", "type": "hologram", "default": {"x": 1}},
]
OLD_ITEMS = [
    {"id": "inputImage", "type": "combinefileinput", "label": "First frame", "required": True},
    {"id": "prompt", "type": "textarea", "note": "What happens", "defaultvalue": "it\\'s day"},
    {
        "id": "resolution",
        "type": "select",
        "value": "768P",
        "options": [{"text": "768P", "value": "768P"}, {"text": "1080P", "value": "1080P"}],
    },
    {
        "id": "duration",
        "type": "select",
        "required": 1,
        "defaultvalue": "6",
        "options": [{"text": "6 s", "value": 6}, {"text": "10 s", "value": 10}],
    },
    {
        "id": "seed",
        "type": "range",
        "minvalue": 0,
        "maxvalue": "100",
        "incrementby": "1",
        "value": "7",
    },
    {"id": "future", "type": "hologram", "value": {"x": 1}},
]


def hailuo(items: object = NEW_ITEMS, **extra: object) -> ModelSpec:
    tool = {
        "slugowner": "MiniMax",
        "slugproject": "hailuo-2.3-Fast",
        "title": "MiniMax Hailuo 2.3 Fast",
        "categories": '["video","image-to-video"]',
        "parameters": [{"title": "Settings", "items": items}],
        **extra,
    }
    return ModelSpec.parse(tool)


def picture(width: int = 768, height: int = 768, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind, **options)
    return buffer.getvalue()


def test_both_spellings_give_the_same_schema():
    assert hailuo(NEW_ITEMS) == hailuo(OLD_ITEMS)
    spec = hailuo()
    assert spec.slug == "minimax/hailuo-2-3-fast"
    assert (spec.owner, spec.project) == ("MiniMax", "hailuo-2.3-Fast")
    assert spec.categories == ("video", "image-to-video")
    assert spec.parameter("prompt").default == "it's day"
    assert spec.parameter("duration").required
    assert spec.parameter("seed").maximum == 100
    assert spec.parameter("future").type == "hologram"
    assert spec.parameter("nothing") is None


@pytest.mark.parametrize("empty", [None, "", "null", "[]", [], {}])
def test_no_parameters_is_a_schema_too(empty):
    tool = {"slugowner": "a", "slugproject": "b", "parameters": empty}
    assert ModelSpec.parse(tool).parameters == ()


def test_parameters_as_json_text():
    groups = [{"title": "Settings", "items": NEW_ITEMS}]
    tool = {"slugowner": "MiniMax", "slugproject": "hailuo-2.3-Fast"}
    spelled = ModelSpec.parse({**tool, "parameters": json.dumps(groups)})
    assert spelled.parameters == hailuo().parameters


def test_openapi_documents(service_facts):
    documents = sorted((service_facts / "openapi").glob("*.json"))
    assert documents
    for path in documents:
        document = json.loads(path.read_text("utf-8"))
        spec = ModelSpec.from_openapi(document)
        properties = document["components"]["schemas"]["RunToolSchema"]["properties"]
        assert normalize_slug(path.stem.replace("-", "/", 1)).split("/")[0][:3] == spec.slug[:3]
        missing = {
            name
            for name in properties
            if name != "callbackUrl" and not spec.parameter(name) and not name.endswith("Url")
        }
        assert not missing
        values = {
            p.id: p.default for p in spec.parameters if p.default is not None and not p.is_file
        }
        values |= {
            p.id: "x"
            for p in spec.parameters
            if p.required and p.id not in values and not p.options
        }
        files = {p.id: "https://example.com/x" for p in spec.parameters if p.is_file and p.required}
        values = {name: v for name, v in values.items() if name not in files}
        check_parameters(spec, values, files)


def test_official_request_bodies_pass(service_facts):
    body = json.loads((service_facts / "wire-requests" / "hailuo_23_fast.json").read_text("utf-8"))
    images = body.pop("inputImage")
    spec = ModelSpec.parse(
        {
            "slugowner": "minimax",
            "slugproject": "hailuo-2-3-fast",
            "parameters": [{"items": [*NEW_ITEMS, {"id": "promptOptimizer", "type": "select"}]}],
        }
    )
    check_parameters(spec, body, {"inputImage": images})


def test_text_bounds_of_a_number_are_its_range():
    schema = {"type": "string", "minLength": 0, "maxLength": 9999999999, "default": "42"}
    body = {"properties": {"seed": schema}, "required": []}
    document = {
        "paths": {"/Run/a/b": {"post": {}}},
        "components": {"schemas": {"RunToolSchema": body}},
    }
    seed = ModelSpec.from_openapi(document).parameter("seed")
    assert (seed.type, seed.minimum, seed.maximum) == ("number", 0, 9999999999)


def test_the_processing_time_is_no_part_of_a_description():
    post = {"description": "Quick.\n\n**Processing Time:** 10 seconds"}
    document = {"paths": {"/Run/a/b": {"post": post}}}
    assert ModelSpec.from_openapi(document).description == "Quick."


# Slugs


@pytest.mark.parametrize(
    "name",
    [
        "MiniMax/hailuo-2.3-Fast",
        "minimax/hailuo-2-3-fast",
        "MiniMax Hailuo 2.3 Fast",
        "minimax/hailuo-2.3-fast",
        "MiniMax / hailuo-2.3-Fast",
        "https://wiro.ai/models/minimax/hailuo-2-3-fast",
    ],
)
def test_all_spellings_of_a_model(name):
    assert normalize_slug(name) == "minimax/hailuo-2-3-fast"


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("MiniMax/hailuo-2.3-Fast", "Run/MiniMax/hailuo-2.3-Fast"),
        ("minimax/hailuo-2.3-fast", "Run/minimax/hailuo-2-3-fast"),
        ("MiniMax Hailuo 2.3 Fast", "Run/minimax/hailuo-2-3-fast"),
        ("alibaba/wan 2.6", "Run/alibaba/wan%202.6"),
        ("lightricks/ ltx-2.3", "Run/lightricks/%20ltx-2.3"),
        ("wiro/Product Photoshoot", "Run/wiro/Product%20Photoshoot"),
    ],
)
def test_raw_slugs_are_sent_as_they_are(model, path):
    assert run_path(model) == path


@pytest.mark.parametrize("name", ["", "hailuo", "a/b/c", "../..", "A/..", "/x", "x/", None, "  "])
def test_no_model(name):
    with pytest.raises(InputError) as caught:
        run_path(name)
    assert caught.value.field == "model"


# Checks


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        (
            {"resolution": "1080P", "duration": "10"},
            "duration",
            "A 10 s clip isn't available at 1080P. Choose 6 s",
        ),
        ({"duration": "7"}, "duration", "6 s or 10 s"),
        ({"duration": ""}, "duration", "needed"),
        ({"durations": "6"}, "durations", "Did you mean duration?"),
        ({"Resolution": "768P"}, "Resolution", "Did you mean resolution?"),
        ({"zzz": 1}, "zzz", "It has "),
        ({"seed": 101}, "seed", "between 0 and 100, not 101"),
        ({"seed": -1}, "seed", "between 0 and 100, not -1"),
        ({"seed": "x"}, "seed", "must be a number, not x"),
        ({"prompt": ""}, "prompt", "Describe what happens in the clip."),
        ({"prompt": " \n"}, "prompt", "Describe what happens in the clip."),
        ({"prompt": "a" * 2_500}, "prompt", "500 characters over the 2,000 limit"),
        ({"prompt": ["a", "b"]}, "prompt", "use ww.sweep or ww.compare"),
        ({"prompt": b"a"}, "prompt", "must be text, not bytes"),
        ({"prompt": 7}, "prompt", "must be text, not the number 7"),
    ],
)
def test_values_that_are_refused(values, field, words):
    with pytest.raises(InputError, match=r"\w") as caught:
        check_parameters(hailuo(), {"duration": "6", **values}, {"inputImage": picture()})
    assert caught.value.field == field
    assert words in str(caught.value)


def test_missing_image():
    with pytest.raises(InputError, match="needs an image") as caught:
        check_parameters(hailuo(), {"duration": "6"}, {})
    assert caught.value.field == "inputImage"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (b"Dear diary, no picture today", "not an image (it is text)"),
        (picture(300, 600), "more than 300 px"),
        (picture(1200, 400), "2:5"),
        (picture()[:40], "damaged"),
        (picture(2_600, 2_600, compress_level=0), "under 20 MB"),
    ],
    ids=["text", "small", "wide", "torn", "heavy"],
)
def test_first_frames_the_provider_would_refuse(image, words):
    with pytest.raises(InputError) as caught:
        check_parameters(hailuo(), {"duration": "6"}, {"inputImage": image})
    assert words in str(caught.value)
    assert caught.value.field == "inputImage"


def test_first_frames_that_pass(tmp_path):
    misnamed = tmp_path / "picture.txt"
    misnamed.write_bytes(picture(kind="JPEG"))
    file = io.BytesIO(picture(kind="WEBP"))
    converted = picture(kind="GIF")
    for image in (misnamed, file, converted, picture(750, 301), "https://example.com/x.png"):
        check_parameters(hailuo(), {"duration": "6"}, {"inputImage": image})
    assert file.tell() == 0
    assert not file.closed


def test_one_file_where_one_is_taken():
    spec = hailuo([{"id": "inputImage", "type": "fileinput"}, {"id": "prompt", "type": "text"}])
    with pytest.raises(InputError, match="one file, not 2"):
        check_parameters(spec, {}, {"inputImage": [picture(), picture()]})
    check_parameters(spec, {"inputImageUrl": "https://example.com/x.png"}, {})


def test_neither_prompt_nor_image():
    spec = hailuo([{"id": "inputImage", "type": "fileinput"}, {"id": "prompt", "type": "text"}])
    with pytest.raises(InputError, match="needs a prompt or an image"):
        check_parameters(spec, {"prompt": None}, {})
    # Said on purpose, it is left out.
    check_parameters(spec, {"prompt": None}, {"inputImage": picture()})


# Prices


def rows(*items: dict[str, object]) -> Price:
    return Price.parse(json.dumps(list(items)))


TIERS = rows(
    {"inputs": {"resolution": "768P", "duration": "6"}, "price": 0.19, "priceMethod": "cpr"},
    {"inputs": {"resolution": "768P", "duration": "10"}, "price": 0.32, "priceMethod": "cpr"},
    {"inputs": {"resolution": "1080P", "duration": "6"}, "price": 0.33, "priceMethod": "cpr"},
)


@pytest.mark.parametrize(
    ("price", "values", "low", "high"),
    [
        (TIERS, {"resolution": "768P", "duration": 6}, "0.19", "0.19"),
        (TIERS, {"resolution": "768p", "duration": "10"}, "0.32", "0.32"),
        (TIERS, {"duration": "6"}, "0.19", "0.33"),
        (TIERS, {}, "0.19", "0.33"),
        (rows({"inputs": {}, "price": "0.03", "priceMethod": "cpr"}), {}, "0.03", "0.03"),
        (rows({"price": 0.01, "priceMethod": "cpo"}), {"maxImages": 4}, "0.01", "0.04"),
        (
            rows({"price": 0.01, "priceMethod": "cp-promptlength"}),
            {"prompt": "abc"},
            "0.03",
            "0.03",
        ),
        (
            rows({"price": 0.1, "priceMethod": "cp-outputVideoLength"}),
            {"seconds": "8"},
            "0.8",
            "0.8",
        ),
        (
            rows({"price": 0.03, "priceMethod": "cp-pixel", "priceExtra": 0.01}),
            {"width": 2048, "height": 1024},
            "0.04",
            "0.04",
        ),
        (
            rows(
                {"inputs": {"image": "QUANTITY:2"}, "price": 2},
                {"inputs": {"image": "QUANTITY:1"}, "price": 1},
            ),
            {"image": ["a", "b"]},
            "2",
            "2",
        ),
        (Price.parse("[]", "0.0035"), {}, "0.0035", "0.0035"),
        (
            rows({"inputs": {"n": "6"}, "price": 2}, {"inputs": {"n": "10"}, "price": 3}),
            {"n": np.int64(10)},
            "3",
            "3",
        ),
    ],
)
def test_estimates(price, values, low, high):
    estimate = price.estimate(values)
    assert (estimate.low, estimate.high) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    "price",
    [
        Price(),
        Price.parse(None, "0"),
        Price.parse("junk"),
        rows({"price": 0.001, "priceMethod": "cps"}),
        rows({"price": 0.001, "priceMethod": "cpt"}),
        rows({"price": 0.001, "priceMethod": "cp-readoutput"}),
        rows({"price": 0.001, "priceMethod": "cp-realtimeturn"}),
        rows({"price": 0.001, "priceMethod": "cp-audiosecondslength"}),
        rows({"price": 0.001, "priceMethod": "cp-outputVideoLength"}),
        rows({"price": 0.001, "priceMethod": "cp-from-the-future"}),
        TIERS,
    ],
)
def test_an_unknown_price_is_none_and_never_zero(price):
    assert price.estimate({"resolution": "4K"}) is None


@pytest.mark.parametrize(("name", "value", "words"), SETTINGS)
def test_a_setting_in_words(name: str, value: str, words: str) -> None:
    assert setting_words(name, value) == words


def test_booleans_and_numbers_are_said_like_text() -> None:
    assert setting_words("promptOptimizer", True) == "Prompt optimizer on"
    assert setting_words("duration", 6.0) == "6 s"


def test_the_hailuo_models_are_written_as_their_maker_writes_them() -> None:
    assert model_words("minimax/hailuo-2-3-fast") == "minimax/hailuo-2.3-fast"
    assert model_words("klingai/kling-v3") == "klingai/kling-v3"
