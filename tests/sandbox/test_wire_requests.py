"""The bodies that the service's official clients send are accepted as they are, and finish."""

from __future__ import annotations

import json

import pytest

from .server import SERVICE

BODIES = SERVICE / "wire-requests"
MODELS = {
    "hailuo_23_fast": "/Run/minimax/hailuo-2.3-fast",
    "kling_v3": "/Run/klingai/kling-v3",
    "seedance_20": "/Run/ByteDance/seedance-2.0",
    "sora2_pro": "/Run/openai/sora-2-pro",
    "veo31": "/Run/google/veo3.1",
    # What a client sends that knows no schema: any model with a prompt takes it.
    "dynamic": "/Run/black-forest-labs/flux-2-pro",
}


def body(name):
    path = BODIES / f"{name}.json"
    if not path.exists():
        pytest.skip("the bodies of the official clients are not on this machine")
    return json.loads(path.read_bytes())


def test_every_body_has_a_model_here():
    if not BODIES.exists():
        pytest.skip("the bodies of the official clients are not on this machine")
    assert {path.stem for path in BODIES.glob("*.json")} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_body_of_an_official_client_is_run(fast, name):
    sent = body(name)

    task = fast.finish(MODELS[name], sent)

    assert task["status"] == "task_postprocess_end"
    assert task["pexit"] == "0", task["debugerror"]
    (output,) = task["outputs"]
    assert fast.http.get(output["url"], timeout=30).content
    # What a client reads back is what it sent: the same names, and numbers as it wrote them.
    kept = task["parameters"]
    assert kept["prompt"] == sent["prompt"]
    for field in ("duration", "seconds", "resolution", "ratio"):
        if field in sent:
            assert str(kept[field]) == sent[field]


@pytest.mark.parametrize("name", MODELS)
def test_the_same_body_is_run_under_the_clean_slug_too(fast, name):
    sent = body(name)
    clean = "/Run/" + MODELS[name].removeprefix("/Run/").lower().replace(".", "-")

    answer = fast.post(clean, sent)

    assert answer["result"], answer["errors"]
    fast.post("/Task/Kill", {"taskid": answer["taskid"]})
