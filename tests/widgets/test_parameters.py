"""A panel for any model: what it shows, what it sends, and what it says is wrong."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

from tests.media import odd_files
from tests.widgets.fakes import ask, replies
from wiro_widgets.client import InputError, ModelSpec, check_parameters
from wiro_widgets.client.inputs import as_inputs
from wiro_widgets.widgets import ParameterPanel
from wiro_widgets.widgets.parameter_form import panel_schema, problems

ROOT = Path(__file__).resolve().parents[2]
TABLE = json.loads((ROOT / "tests" / "cases" / "parameters.json").read_text("utf-8"))
OPENAPI = ROOT.parent / "shared" / "service" / "openapi"
DOCUMENTS = sorted(OPENAPI.glob("*.json"))
SECOND = {"label": "10 s", "value": "10"}
DURATION = {"id": "duration", "type": "select", "label": "Duration", "required": True}


def spec_of(*items: Any, slug: str = "acme/one", title: str = "One") -> ModelSpec:
    owner, project = slug.split("/")
    spec = ModelSpec.parse(
        {
            "slugowner": owner,
            "slugproject": project,
            "title": title,
            "parameters": [{"title": "Settings", "items": list(items)}],
        }
    )
    assert spec is not None
    return spec


def hailuo() -> ModelSpec:
    return spec_of(
        {
            "id": "inputImage",
            "type": "combinefileinput",
            "label": "First Frame",
            "required": True,
        },
        {"id": "prompt", "type": "textarea", "label": "Prompt"},
        {"id": "resolution", "type": "select", "default": "768P", "options": ["768P", "1080P"]},
        {**DURATION, "default": "6", "options": ["6", "10"]},
        slug="minimax/hailuo-2.3-fast",
    )


def panel_of(*items: Any) -> ParameterPanel:
    return ParameterPanel(spec_of(*items))


@pytest.mark.parametrize("case", TABLE["fields"], ids=lambda case: case["name"])
def test_the_table_that_the_browser_is_held_against_too(case: dict[str, Any]) -> None:
    spec = spec_of(case["item"])
    assert panel_schema(spec)["groups"][0]["fields"] == [case["field"]]
    name = case["item"]["id"]
    for each in case["values"]:
        panel = ParameterPanel(spec)
        panel.value = {name: each["value"]}
        sent = None if each["wire"] in (None, "") else each["wire"]
        assert panel.value.get(name) == sent
        assert panel.errors.get(name, "") == each["problem"], each


@pytest.mark.parametrize("case", TABLE["rules"], ids=str)
def test_the_rules_between_fields_of_that_table(case: dict[str, Any]) -> None:
    spec = hailuo()
    values = {**case["values"], case["field"]: case["choice"]}
    reasons = [case["reason"]] if case["reason"] else []
    assert list(problems(spec, values, ("prompt", "inputImage")).values()) == reasons
    known = {name: value for name, value in values.items() if spec.parameter(name)}
    request = {"prompt": "A gull", "inputImage": "https://a.example/1.png", **known}
    if not reasons:
        check_parameters(spec, request)
        return
    with pytest.raises(InputError, match="A 10 s clip isn't available at 1080P"):
        check_parameters(spec, request)


def test_a_panel_starts_with_the_models_defaults_in_wire_types() -> None:
    panel = panel_of(
        {**DURATION, "default": 6, "options": ["6", "10"]},
        {"id": "steps", "type": "range", "default": "30", "min": 1, "max": 50},
        {"id": "queued", "type": "checkbox", "default": False},
        {"id": "caption", "type": "text"},
    )
    assert panel.value == {"duration": "6", "steps": 30, "queued": "false"}
    assert panel.valid


def test_the_rule_between_fields_is_told_and_nothing_is_changed() -> None:
    panel = ParameterPanel(hailuo(), exclude=("prompt", "inputImage"))
    panel.value = {"resolution": "1080P", "duration": "10"}
    assert panel.value == {"resolution": "1080P", "duration": "10"}
    assert panel.errors == {"resolution": "1080P is only available with 6 s."}
    assert not panel.valid
    panel.value = {**panel.value, "duration": "6"}
    assert panel.valid


def test_switching_the_model_keeps_what_both_have_and_says_what_it_drops() -> None:
    panel = panel_of(
        {**DURATION, "default": "6", "options": ["6", "10"]},
        {"id": "seed", "type": "number", "label": "Seed"},
        {"id": "style", "type": "select", "default": "clay", "options": ["clay", "anime"]},
    )
    panel.value = {"duration": "10", "seed": 7, "style": "anime"}
    panel.model = spec_of(
        {**DURATION, "default": 5, "type": "number", "min": 3, "max": 15},
        {"id": "style", "type": "select", "default": "film", "options": ["film"]},
        title="Two",
    )
    assert panel.value == {"duration": 10, "style": "film"}
    assert panel.dropped == [
        "Two has no Seed setting; 7 was removed.",
        "Two: anime isn't available. Choose film.",
    ]


def test_an_unknown_parameter_is_refused_by_name() -> None:
    panel = panel_of({**DURATION, "options": ["6"]})
    with pytest.raises(traitlets.TraitError, match="It takes: duration"):
        panel.value = {"durration": "6"}


def test_files_from_the_browser_lie_in_a_folder_that_goes_with_the_panel() -> None:
    panel = ParameterPanel(spec_of({"id": "frames", "type": "multifileinput", "label": "Frames"}))
    paths = []
    for number, name in enumerate(("gull.png", "gull.png", "../../.ssh/authorized_keys")):
        data = bytes([number]) * 700_000
        request = f"u{number}"
        ask(panel, id=request, type="begin", name=name, size=len(data), notes=[])
        for offset in range(0, len(data), 524_288):
            piece = data[offset : offset + 524_288]
            ask(panel, [piece], id=request, type="piece", offset=offset)
        reply = replies()[-1][0]
        assert reply["type"] == "kept"
        path = Path(reply["path"])
        assert path.read_bytes() == data
        paths.append(path)
    assert [path.name for path in paths] == ["gull.png", "gull.png", "authorized_keys"]
    assert len({path.parent.parent for path in paths}) == 1
    ask(panel, id="late", type="begin", name="a", size=61 * 2**20, notes=[])
    assert replies()[-1][0]["message"] == "Files of up to 60 MB can be sent from here."
    ask(panel, id="cut", type="begin", name="a", size=9, notes=[])
    ask(panel, [b"12345"], id="cut", type="piece", offset=2)
    assert "lost on the way" in replies()[-1][0]["message"]
    panel.close()
    del panel
    gc.collect()
    assert not paths[0].exists()


def test_an_image_from_python_is_a_file_in_the_form(tmp_path: Path) -> None:
    """A form is text: a page can't show an image in memory, nor can a notebook keep it."""
    panel = panel_of({"id": "lastFrame", "type": "combinefileinput"})
    scene = odd_files.scene()
    (tmp_path / "a.bmp").write_bytes(odd_files.saved(scene, "BMP"))
    for value in (scene, np.asarray(scene), [scene], (tmp_path / "a.bmp")):
        panel.value = {"lastFrame": value}
        json.dumps(panel.value)
        (held,) = as_inputs(panel.value["lastFrame"])
        check_parameters(panel.model, {}, {"lastFrame": held})
    assert held == str(tmp_path / "a.bmp")
    with pytest.raises(InputError, match="outside 0 to 1"):
        panel.value = {"lastFrame": np.asarray(scene) * 1.0}


def test_many_files_stay_a_list_and_excluded_ones_stay_out() -> None:
    files = {"id": "inputImage", "type": "multifileinput", "label": "References"}
    prompt = {"id": "prompt", "type": "textarea", "default": "A gull"}
    panel = ParameterPanel(spec_of(files, prompt), exclude=("prompt",))
    panel.value = {"inputImage": ["https://a.example/1.png", "b.png"]}
    assert panel.value == {"inputImage": ["https://a.example/1.png", "b.png"]}
    (field,) = panel._schema["groups"][0]["fields"]
    assert (field["kind"], field["multiple"]) == ("files", True)


@pytest.mark.parametrize("path", DOCUMENTS or [None], ids=lambda path: path and path.stem)
def test_every_published_model_has_a_form_that_can_be_sent(path: Path | None) -> None:
    if path is None:
        pytest.skip("the service's OpenAPI documents are not on this machine")
    spec = ModelSpec.from_openapi(json.loads(path.read_text("utf-8")))
    panel = ParameterPanel(spec, exclude=("prompt",))
    shown = [field for group in panel._schema["groups"] for field in group["fields"]]
    assert {field["id"] for field in shown} == {p.id for p in spec.parameters} - {"prompt"}
    # What a model starts with is fine; only what a person has to bring is missing.
    needed = {p.id for p in spec.parameters if p.required and (p.is_file or not p.default)}
    assert set(panel.errors) == needed - {"prompt"}
    assert len(json.dumps(panel._schema)) < 60_000


BROKEN: dict[str, Any] = {
    "no parameters": None,
    "text for parameters": "soon",
    "groups of nothing": [None, 7, "x", {}, {"items": None}, {"items": [None, 3, {}, []]}],
    "nested in itself": [{"items": [{"id": "a", "options": [{"label": {"value": []}}] * 3}]}],
    "five hundred options": [
        {"items": [{"id": "a", "type": "select", "options": [f"o{n}" for n in range(500)]}]}
    ],
    "a megabyte of help": [{"items": [{"id": "a", "type": "text", "help": "x" * 1_000_000}]}],
    "limits the wrong way round": [
        {"items": [{"id": "a", "type": "range", "min": 9, "max": 1, "step": 0, "default": "x"}]}
    ],
    "a megabyte of default": [{"items": [{"id": "a", "type": "text", "default": "x" * 1_000_000}]}],
    "a megabyte of everything": [
        {
            "title": "t" * 1_000_000,
            "items": [
                {"id": "i" * 1_000_000},
                {"id": "a", "type": "y" * 1_000_000, "label": "l" * 1_000_000},
            ],
        }
    ],
    "choices as long as books": [
        {
            "items": [
                {
                    "id": "a",
                    "type": "select",
                    "options": ["v" * 1_000_000, "w", *("u" * n for n in range(900, 1400))],
                }
            ]
        }
    ],
    "two of one name": [{"items": [{"id": "a", "type": "text"}, {"id": "a", "type": "range"}]}],
    "ten thousand fields": [{"items": [{"id": f"f{n}", "type": "text"} for n in range(10_000)]}],
    "not a number": [{"items": [{"id": "a", "type": "number", "min": "NaN", "max": "Infinity"}]}],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_schema_still_gives_a_form(name: str) -> None:
    spec = ModelSpec.parse({"slugowner": "a", "slugproject": "b", "parameters": BROKEN[name]})
    assert spec is not None
    panel = ParameterPanel(spec)
    panel.value = dict(panel.value)
    state = json.dumps([panel._schema, panel.value, panel.errors], allow_nan=False)
    assert len(state) < 400_000


def test_a_choice_that_is_not_shown_may_be_set_from_python() -> None:
    panel = panel_of({"id": "a", "type": "select", "options": [f"o{n}" for n in range(700)]})
    (field,) = panel._schema["groups"][0]["fields"]
    assert (len(field["options"]), field["complete"]) == (500, False)
    assert field["note"] == "500 of 700 choices; set the others from Python."
    panel.value = {"a": "o650"}
    assert panel.valid
    panel.value = {"a": "o700"}
    assert not panel.valid


def test_a_panel_says_in_text_what_it_holds() -> None:
    panel = ParameterPanel(hailuo(), exclude=("prompt", "inputImage"))
    assert repr(panel) == (
        "ParameterPanel: minimax/hailuo-2-3-fast · resolution='768P', duration='6'"
    )
    assert repr(ParameterPanel()) == "ParameterPanel: no model"


def test_what_is_changed_in_the_browser_arrives_in_wire_types_and_is_confirmed() -> None:
    panel = panel_of(
        {**DURATION, "default": "6", "options": ["6", "10"]},
        {"id": "steps", "type": "range", "default": 30, "min": 1, "max": 50},
    )
    seen: list[Any] = []
    panel.observe(lambda change: seen.append(change["new"]), "value")
    ask(panel, id="1", type="change", values={"duration": 10, "steps": None, "gone": 1})
    assert seen == [{"duration": "10"}]
    assert replies()[-1][0] == {"id": "1", "type": "changed", "value": {"duration": "10"}}


def test_the_confirmation_says_what_an_observer_made_of_it() -> None:
    panel = panel_of({"id": "steps", "type": "number", "max": 50})
    panel.observe(lambda change: setattr(panel, "value", {"steps": 50}), "value")
    ask(panel, id="1", type="change", values={"steps": 80})
    assert replies()[-1][0]["value"] == {"steps": 50}


def test_two_panels_can_be_linked() -> None:
    one, other = ParameterPanel(hailuo()), ParameterPanel(hailuo())
    traitlets.link((one, "value"), (other, "value"))
    one.value = {**one.value, "duration": 10}
    assert other.value["duration"] == "10"


def test_by_default_the_prompt_and_the_first_image_have_their_own_widgets() -> None:
    panel = ParameterPanel(hailuo())
    assert panel.value == {"resolution": "768P", "duration": "6"}
    assert panel.valid


def test_a_model_may_be_given_as_the_service_describes_it() -> None:
    tool = {
        "slugowner": "acme",
        "slugproject": "one",
        "parameters": [{"items": [{**DURATION, "default": "6", "options": ["6"]}]}],
    }
    assert ParameterPanel(tool).value == {"duration": "6"}
    with pytest.raises(traitlets.TraitError, match="describes no model"):
        ParameterPanel({"no": "model"})


def test_all_three_spellings_give_the_same_form() -> None:
    new = {
        **DURATION,
        "description": "In seconds",
        "default": "6",
        "options": [{"label": "6 s", "value": "6"}, SECOND],
    }
    old = {
        "id": "duration",
        "type": "select",
        "label": "Duration",
        "required": 1,
        "note": "In seconds",
        "defaultvalue": "6",
        "options": [{"text": "6 s", "value": 6}, {"text": "10 s", "value": 10}],
    }
    published = {
        "type": "string",
        "x-input-type": "select",
        "x-label": "Duration",
        "x-help": "In seconds",
        "default": "6",
        "x-options": [{"label": "6 s", "value": "6"}, SECOND],
    }
    document = {
        "paths": {"/Run/acme/one": {"post": {}}},
        "components": {
            "schemas": {
                "RunToolSchema": {"required": ["duration"], "properties": {"duration": published}}
            }
        },
    }
    panels = [
        panel_of(new),
        panel_of(old),
        ParameterPanel(document),
    ]
    forms = [[group["fields"] for group in panel._schema["groups"]] for panel in panels]
    assert forms[0] == forms[1] == forms[2]
    assert [panel.value for panel in panels] == [{"duration": "6"}] * 3


def test_a_field_without_a_label_is_called_by_its_id_in_words() -> None:
    labels = ["promptOptimizer", "top_k", "select-model", "CFG Scale", "iPhone look"]
    fields = panel_schema(spec_of(*({"id": label} for label in labels)))["groups"][0]
    assert [field["label"] for field in fields["fields"]] == [
        "Prompt optimizer",
        "Top k",
        "Select model",
        "CFG scale",
        "iPhone look",
    ]


def test_a_help_that_only_repeats_the_mark_is_left_out() -> None:
    helps = ["Required", "Optional. In seconds.", "Required when multiShot is true.", "a-b-help"]
    items = [{"id": f"a{place}", "help": text} for place, text in enumerate(helps)]
    fields = panel_schema(spec_of(*items))["groups"][0]["fields"]
    assert [field["help"] for field in fields] == ["", "In seconds.", helps[2], ""]


def test_a_field_for_one_frame_takes_one_though_its_type_takes_several() -> None:
    kind = "combinefileinput"
    schema = panel_schema(
        spec_of(
            {"id": "inputImage2", "type": kind, "label": "Last Frame"},
            {"id": "references", "type": kind, "label": "Reference Images"},
        )
    )
    fields = schema["groups"][0]["fields"]
    assert [field["multiple"] for field in fields] == [False, True]
    assert fields[0]["placeholder"] == "Drop a file, or enter a URL"
