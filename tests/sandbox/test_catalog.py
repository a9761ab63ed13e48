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
    assert [tool["slugproject"] for tool in found[:2]] == ["hailuo-2.3-Fast", "hailuo-2.3"]
    for nothing in ("zeppelin", "robots to zeppelins"):
        assert fast.post("/Tool/List", {"search": nothing})["total"] == "0"
    owned = fast.post("/Tool/List", {"slugowner": "bytedance"})["tool"]
    assert {tool["slugowner"] for tool in owned} == {"ByteDance"}
    category = fast.post("/Tool/List", {"categories": ["text-to-image"]})["tool"]
    assert {tool["cleanslugproject"] for tool in category} == {"flux-2-pro", "seedream-v4-5"}
    ids = [int(tool["id"]) for tool in fast.post("/Tool/List", {"sort": "id"})["tool"]]
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize(
    ("search", "kind"),
    [
        ("video-generation", "video"),
        ("text to image", "text-to-image"),
        ("text-to-speech", "text-to-speech"),
        ("LLM", "llm"),
        ("try on", "fashion"),
    ],
)
def test_a_search_finds_what_its_words_name_and_that_first(fast, search, kind):
    found = fast.post("/Tool/List", {"search": search})["tool"]
    assert any(kind in category for category in found[0]["categories"])


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


def test_the_way_to_explore_is_what_an_official_client_reads(fast):
    sections = fast.post("/Tool/Explore")["explore"]
    shown = {tool["cleanslugproject"]: section for section in sections for tool in section["tools"]}
    assert shown["hailuo-2-3-fast"]["title"] == "Video"
    for section in sections:
        assert section["total"] == len(section["tools"]) > 0
        assert all(isinstance(tool["categories"], list) for tool in section["tools"])


@pytest.mark.parametrize(
    "path", ["Task/Stat", "Project/List", "Wallet/List", "Agent/Message/Send", "chat/completions"]
)
def test_what_is_not_modelled_is_said_and_not_invented(fast, path):
    response = fast.raw(f"/{path}", json={})
    assert response.status_code == 501
    assert response.json()["errors"][0]["message"].startswith(f"The sandbox does not model {path}")


@pytest.mark.parametrize(
    ("slug", "kind"),
    [
        ("openai/sora-2", "video"),
        ("bytedance/image-to-video-seedance-lite-v1", "video"),
        ("wiro/chat", "raw"),
        ("wiro/virtual-try-on", "image"),
        ("qwen/qwen3-tts-12hz-1-7b", "audio"),
    ],
)
def test_the_models_of_the_quick_starts_make_what_they_make(fast, slug, kind):
    owner, project = slug.split("/")
    tool = fast.post("/Tool/Detail", {"slugowner": owner, "slugproject": project})["tool"][0]
    required = [item for item in items(tool).values() if item["required"]]
    body = {
        item["id"]: "https://example.com/a.png" if "file" in item["type"] else item["default"]
        for item in required
    }
    task = fast.finish(f"/Run/{slug}", {**body, "prompt": "a robin"})
    assert task["pexit"] == "0", task
    assert task["outputs"][0]["contenttype"].startswith(kind)
