"""OpenAPI documents: what is handed out, and models that are read from them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import wave

import pytest
import requests
from PIL import Image

from wiro_widgets.sandbox.catalog.medium import medium
from wiro_widgets.schema.models import ModelSpec

from .server import REPOSITORY, SERVICE, Sandbox, png

PUBLISHED = sorted((SERVICE / "openapi").glob("*.json"))
PROMPT = {"title": "Prompt", "description": "The prompt.", "type": "string"}
BUILT_IN = "/Run/minimax/hailuo-2-3-fast"


def document(slug, description, properties=None, *, required=("prompt",), summary=""):
    """A document as the service hands it out, as short as it can be."""
    schema = {"type": "object", "properties": {"prompt": PROMPT, **(properties or {})}}
    post = {"summary": summary or f"Run {slug}", "description": description}
    return {
        "openapi": "3.0.3",
        "info": {"title": f"{slug} API (Signature Auth)", "version": "1.0.0"},
        "security": [{"ApiKeyAuth": [], "NonceAuth": [], "SignatureAuth": []}],
        "paths": {f"/Run/{slug}": {"post": post}},
        "components": {
            "securitySchemes": {"ApiKeyAuth": {}, "NonceAuth": {}, "SignatureAuth": {}},
            "schemas": {"RunToolSchema": {**schema, "required": list(required)}},
        },
    }


ANY_TEXT = {"type": "string", "title": "x"}
SAMPLES = {"type": "number", "minimum": 1, "maximum": 2000000, "default": 1, "title": "Samples"}
FORMAT = {"type": "string", "x-input-type": "select", "enum": ["mp3", "wav"], "default": "mp3"}
DOCUMENTS = {
    "painter": document("acme/painter", "Images from text prompts.", {"samples": SAMPLES}),
    "speaker": document("acme/speaker", "A text-to-speech model."),
    "singer": document("acme/singer", "Songs from lyrics.", {"outputFormat": FORMAT}),
    "reader": document("acme/reader", "Transcribes speech.", summary="Run Reader OCR"),
    "talker": document("acme/talker", "A large language model for conversation."),
    "sculptor": document("acme/sculptor", "Converts images into 3D meshes."),
    "mover": document(
        "acme/mover", "Animate images into videos.", {"duration": {"type": "number", "default": 1}}
    ),
    "odd": document(
        "acme/odd",
        "Images.",
        {
            "size": {"type": ["number", "null"], "minimum": 1, "maximum": 9, "default": 2.5},
            "style": {"type": "string", "x-options": {"oil": "Oil paint", "ink": "Ink"}},
            "frame": {"type": "string", "enum": ["thin", "thick"], "maxLength": 9},
            "note": {"type": "string", "maxLength": 40, "x-label": "A note"},
        },
    ),
    "pair": document(
        "acme/pair", "Videos.", {"inputImage": ANY_TEXT, "inputImageUrl": ANY_TEXT}, required=()
    ),
    "hailuo": document("MiniMax/hailuo-2.3-Fast", "A forgery.", {"forged": ANY_TEXT}),
}


def renamed(path):
    """A published document under a slug that the sandbox has no model of its own for."""
    content = json.loads(path.read_bytes())
    route = route_of(content)
    content["paths"][f"{route} again"] = content["paths"].pop(route)
    return content


@pytest.fixture(scope="module")
def offered(tmp_path_factory):
    """A server that offers the models above, and those of the published documents."""
    folder = tmp_path_factory.mktemp("documents")
    published = {path.stem: renamed(path) for path in PUBLISHED}
    for name, content in {**DOCUMENTS, **published}.items():
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    sandbox = Sandbox("--speed", "2000", "--openapi", str(folder))
    yield sandbox
    sandbox.stop()


def slugs(path):
    owner, _, project = path.removeprefix("/Run/").partition("/")
    return {"slugowner": owner, "slugproject": project}


def route_of(spec):
    return next(path for path in spec["paths"] if path.startswith("/Run/"))


def asked_for(sandbox, route):
    """The answer of Tool/DetailOpenAPI, as its known consumer reads it: without an envelope."""
    answer = sandbox.raw("/Tool/DetailOpenAPI", json=slugs(route)).json()
    assert [one["type"] for one in answer] == ["signature", "apikey"]
    return answer[0]["spec"]


def as_said(spec):
    """What a model's schema says, by the client's reading."""
    return (
        spec.slug,
        spec.title,
        spec.description,
        [
            (
                *(one.id, one.type.replace("textarea", "text"), one.label, one.help, one.options),
                *(one.wire_default, one.required),
                *(one.minimum, one.maximum, one.step, one.max_length),
            )
            for one in sorted(spec.parameters, key=lambda one: one.id)
        ],
    )


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_document_is_handed_out_as_it_was(offered, path):
    original = renamed(path)
    again = asked_for(offered, route_of(original))
    assert again["servers"][0]["url"] == offered.api
    assert {**again, "servers": original["servers"]} == original


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_the_schema_of_a_published_model_says_what_its_document_says(offered, path):
    original = renamed(path)
    tool = offered.post("/Tool/Detail", slugs(route_of(original)))["tool"][0]
    assert as_said(ModelSpec.parse(tool)) == as_said(ModelSpec.from_openapi(original))


def test_other_spellings_of_a_document_are_read_as_the_client_reads_them(offered):
    tool = offered.post("/Tool/Detail", slugs("/Run/acme/odd"))["tool"][0]
    assert as_said(ModelSpec.parse(tool)) == as_said(ModelSpec.from_openapi(DOCUMENTS["odd"]))
    answer = offered.post("/Run/acme/odd", {"prompt": "a", "note": "x" * 41})
    message = "Request parameter [note] must be at most 40 characters long"
    assert answer["errors"][0]["message"] == message


def test_the_document_of_every_model_says_what_its_schema_says(fast):
    for tool in fast.post("/Tool/List", {"limit": "100"})["tool"]:
        spec = ModelSpec.parse(tool)
        again = asked_for(fast, f"/Run/{tool['slugowner']}/{tool['slugproject']}")
        assert as_said(ModelSpec.from_openapi(again)) == as_said(spec)


def test_defaults_have_their_own_types(fast):
    schema = asked_for(fast, "/Run/pruna/p-video")["components"]["schemas"]["RunToolSchema"]
    fields = schema["properties"]
    defaults = {name: fields[name]["default"] for name in ("duration", "draft", "fps", "seed")}
    assert defaults == {"duration": 5, "draft": False, "fps": "24", "seed": "0"}
    assert [type(fields[name]["default"]) for name in ("duration", "draft")] == [int, bool]


def test_a_document_for_the_key_alone_names_no_signature(offered):
    for route in (BUILT_IN, "/Run/acme/painter"):
        answer = offered.raw("/Tool/DetailOpenAPI", json=slugs(route)).json()
        spec = answer[1]["spec"]
        assert spec["security"] == [{"ApiKeyAuth": []}]
        assert list(spec["components"]["securitySchemes"]) == ["ApiKeyAuth"]
        assert spec["info"]["title"].endswith("API (API Key Auth)")
        assert spec["paths"] == answer[0]["spec"]["paths"]


@pytest.mark.parametrize(
    ("kind", "title", "description"),
    [
        ("video", "3D Text Animations", "Stunning 3D animated text videos with presets."),
        ("video", "ltx-2", "A DiT-based audio-video foundation model."),
        ("video", "Kling V3 Motion Control", "Transform images into dynamic videos."),
        ("video", "sora-2", "A model for text-to-video or image-to-video generation."),
        ("image", "flux-2-pro", "Flux 2 Pro model"),
        ("image", "HunyuanWorld text-to-panorama", "Worlds from words."),
        ("image", "Virtual Try-On V2", "Realistic images and videos for fashion."),
        ("audio", "VibeVoice Realtime", "Realtime text-to-speech."),
        ("audio", "Qwen3-TTS-12Hz", "A fast inference model."),
        ("text", "translate-gemma-12b-it-image", "Translates what an image says."),
        ("text", "Resume CV Parser", "Reads applications."),
        ("raw", "turkish-llm-8b", "An assistant."),
        ("mesh", "Trellis-2", "Convert images into detailed 3D meshes."),
    ],
)
def test_what_a_model_makes_is_read_from_its_words(kind, title, description):
    fields = {"prompt": {"description": "Text prompt for image generation."}}
    assert medium(title, description, fields) == kind


def test_the_formats_to_choose_from_count_most():
    for choices, kind in ((["mp3", "wav"], "audio"), (["glb", "obj"], "mesh"), (["png"], "image")):
        assert medium("A video model", "Videos.", {"outputFormat": {"enum": choices}}) == kind


def made(sandbox, name, **body):
    task = sandbox.finish(f"/Run/acme/{name}", {"prompt": "a robin", **body})
    assert task["pexit"] == "0", task
    return [(output, requests.get(output["url"], timeout=10)) for output in task["outputs"]]


def one(sandbox, name, kind, **body):
    """The bytes of the only output, which is of a kind."""
    ((output, answer),) = made(sandbox, name, **body)
    assert output["contenttype"] == answer.headers["Content-Type"].partition(";")[0] == kind
    return answer.content


def test_an_output_is_a_file_of_what_the_document_says_the_model_makes(offered):
    picture = Image.open(io.BytesIO(one(offered, "painter", "image/png")))
    assert min(picture.size) > 300
    with wave.open(io.BytesIO(one(offered, "speaker", "audio/wav", prompt="word " * 10))) as sound:
        assert sound.getnframes() / sound.getframerate() == 4
    assert one(offered, "singer", "audio/mpeg")[:3] == b"ID3"
    assert "a robin" in one(offered, "reader", "text/plain").decode()
    assert one(offered, "mover", "video/mp4", duration=1)[4:8] == b"ftyp"
    shape = one(offered, "sculptor", "model/gltf-binary")
    assert shape[:4] == b"glTF"
    assert int.from_bytes(shape[8:12], "little") == len(shape)


def test_a_language_model_answers_in_the_task_itself(offered):
    task = offered.finish("/Run/acme/talker", {"prompt": "Who is it?"})
    (output,) = task["outputs"]
    assert output["contenttype"] == "raw"
    assert "url" not in output
    assert output["content"]["prompt"] == "Who is it?"
    assert output["content"]["answer"] == [output["content"]["raw"]]


def test_there_are_as_many_outputs_as_samples_and_each_is_another(offered):
    contents = {answer.content for _, answer in made(offered, "painter", samples=3)}
    assert len(contents) == 3


def test_outputs_follow_the_output_type(fast):
    picture = {"inputImageHuman": ("me.png", png(), "image/png")}
    run = fast.raw("/Run/wiro/virtual-try-on", files=picture).json()
    kinds = [output["contenttype"] for output in fast.wait(run)["outputs"]]
    assert kinds == ["image/png", "video/mp4"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"files": {"inputImage": ("a.png", png())}},
        {"data": {"inputImage": "", "inputImageUrl": "https://example.com/a.png"}},
        {"json": {"inputImage": "https://example.com/a.png"}},
    ],
    ids=["a part", "the twin", "the parameter"],
)
def test_a_pair_of_a_field_and_its_url_is_one_file(offered, arguments):
    tool = offered.post("/Tool/Detail", slugs("/Run/acme/pair"))["tool"][0]
    assert [item["type"] for item in tool["parameters"][0]["items"]] == ["text", "fileinput"]
    task = offered.wait(offered.raw("/Run/acme/pair", **arguments).json())
    assert set(task["parameters"]) == {"inputImage"}
    assert task["parameters"]["inputImage"].startswith("http")


@pytest.mark.parametrize("name", ["prompt", "nothing", "inputImageUrl"])
def test_a_file_where_text_is_taken_is_refused_by_name(offered, name):
    answer = offered.raw("/Run/acme/pair", files={name: ("a.png", png())}).json()
    assert answer["result"] is False
    assert answer["errors"][0]["message"] == f"Request parameter [{name}] takes no file"


def test_a_document_never_replaces_a_model_of_the_sandbox(offered):
    tool = offered.post("/Tool/Detail", slugs(BUILT_IN))["tool"][0]
    assert "forged" not in json.dumps(tool)
    schema = asked_for(offered, BUILT_IN)["components"]["schemas"]["RunToolSchema"]
    assert "forged" not in schema["properties"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is not an OpenAPI document"),
        (json.dumps(document("acme", "No model.")), "names no model"),
        (None, "cannot be read"),
    ],
)
def test_a_document_that_is_none_is_named(tmp_path, content, words):
    path = tmp_path / "odd.json"
    if content is not None:
        path.write_text(content, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "wiro_widgets.sandbox", "--openapi", str(path)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
