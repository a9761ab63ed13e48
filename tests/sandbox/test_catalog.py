"""The catalogue: search, paging, both spellings of schemas, OpenAPI documents."""

import json

import pytest

KINDS = {
    "text",
    "textarea",
    "select",
    "selectwithcover",
    "range",
    "number",
    "integer",
    "float",
    "checkbox",
    "color",
    "fileinput",
    "multifileinput",
    "combinefileinput",
}


def items(tool):
    return {item["id"]: item for group in tool["parameters"] for item in group["items"]}


def hailuo(sandbox, project="hailuo-2-3-fast"):
    body = {"slugowner": "minimax", "slugproject": project}
    return sandbox.post("/Tool/Detail", body)["tool"][0]


def test_the_catalogue_has_variety(fast):
    tools = fast.post("/Tool/List", {"limit": "100"})["tool"]
    video = [tool for tool in tools if "text-to-video" in tool["categories"]]
    pictures = [tool for tool in tools if "text-to-image" in tool["categories"]]
    assert len(video) >= 8
    assert len(pictures) >= 2
    found = {item["type"] for tool in tools for item in items(tool).values()}
    assert found == KINDS


def test_search_paging_owner_and_category(fast):
    everything = fast.post("/Tool/List", {"start": "0", "limit": "100"})
    assert everything["total"] == str(len(everything["tool"]))
    page = fast.post("/Tool/List", {"start": "2", "limit": "3"})
    assert page["total"] == everything["total"]
    assert page["tool"] == everything["tool"][2:5]
    found = fast.post("/Tool/List", {"search": "Hailuo fast"})["tool"]
    assert [tool["slugproject"] for tool in found] == ["hailuo-2.3-Fast"]
    owned = fast.post("/Tool/List", {"slugowner": "bytedance"})["tool"]
    assert {tool["slugowner"] for tool in owned} == {"ByteDance"}
    category = fast.post("/Tool/List", {"categories": ["text-to-image"]})["tool"]
    assert {tool["cleanslugproject"] for tool in category} == {"flux-2-pro", "seedream-v4-5"}
    ids = [int(tool["id"]) for tool in fast.post("/Tool/List", {"sort": "id"})["tool"]]
    assert ids == sorted(ids, reverse=True)


def test_summary_mode_has_no_parameters(fast):
    tools = fast.post("/Tool/List", {"summary": True})["tool"]
    assert {tool["parameters"] for tool in tools} == {None}


@pytest.mark.parametrize(
    ("project", "required"), [("hailuo-2.3", False), ("hailuo-2.3-Fast", True)]
)
def test_the_hailuo_models_are_exact(fast, project, required):
    tool = hailuo(fast, project)
    found = items(tool)
    assert list(found) == ["inputImage", "prompt", "promptOptimizer", "resolution", "duration"]
    assert found["inputImage"]["type"] == "combinefileinput"
    assert found["inputImage"]["required"] is required
    assert found["prompt"]["type"] == "textarea"
    assert found["prompt"]["required"] is False
    assert found["duration"]["required"] is True
    for name, values in (
        ("promptOptimizer", ["true", "false"]),
        ("resolution", ["768P", "1080P"]),
        ("duration", ["6", "10"]),
    ):
        assert found[name]["type"] == "select"
        assert [option["value"] for option in found[name]["options"]] == values
        assert all(isinstance(option["label"], str) for option in found[name]["options"])
    prices = {
        (rule["inputs"]["resolution"], rule["inputs"].get("duration")): rule["price"]
        for rule in json.loads(tool["dynamicprice"])
    }
    expected = (0.19, 0.32, 0.33) if required else (0.28, 0.56, 0.49)
    assert (prices["768P", "6"], prices["768P", "10"], prices["1080P", None]) == expected


def test_the_old_spelling_of_items(start):
    sandbox = start("--schema", "old")
    duration = items(hailuo(sandbox))["duration"]
    assert duration["defaultvalue"] == "6"
    assert duration["required"] == "true"
    assert duration["options"][1] == {"text": "10", "value": "10"}
    body = {"slugowner": "klingai", "slugproject": "kling-v3"}
    slider = items(sandbox.post("/Tool/Detail", body)["tool"][0])["duration"]
    assert (slider["minvalue"], slider["maxvalue"], slider["incrementby"]) == ("3", "15", "1")
    assert not {"default", "min", "max", "step"} & set(slider)


def test_the_image_parameter_drifts(start):
    sandbox = start("--hailuo-image", "inputImageFirst")
    for project in ("hailuo-2-3", "hailuo-2-3-fast"):
        found = items(hailuo(sandbox, project))
        assert found["inputImageFirst"]["type"] == "fileinput"
        assert "inputImage" not in found


def test_an_unknown_model(fast):
    answer = fast.post("/Tool/Detail", {"slugowner": "a", "slugproject": "b"})
    assert answer["errors"] == [{"code": 1, "message": "slug-owner-project-not-exist"}]


def test_a_model_describes_itself_as_openapi(fast):
    body = {"slugowner": "minimax", "slugproject": "hailuo-2-3-fast"}
    (document,) = fast.post("/Tool/DetailOpenAPI", body)["list"]
    assert document["type"] == "signature"
    spec = document["spec"]
    assert spec["openapi"] == "3.0.3"
    assert spec["servers"] == [{"url": fast.api}]
    assert "/Run/MiniMax/hailuo-2.3-Fast" in spec["paths"]
    schema = spec["components"]["schemas"]["RunToolSchema"]
    assert schema["required"] == ["inputImage", "duration"]
    for name, item in items(hailuo(fast)).items():
        described = schema["properties"][name]
        assert described["title"] == item["label"]
        assert described.get("enum", []) == [one["value"] for one in item.get("options", [])]
        assert described.get("default", "") == item["default"]


@pytest.mark.parametrize("path", ["/Task/Stat", "/Tool/Explore"])
def test_what_nobody_has_seen_the_answer_of_is_not_there(fast, path):
    response = fast.raw(path, json={})
    assert response.status_code == 404
    assert response.json()["errors"][0]["message"] == "Error parsing url."
