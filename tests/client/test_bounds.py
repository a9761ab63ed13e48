"""Whatever a service sends, what is kept of it is clean, bounded and read in no time."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from tests.client import faults
from tests.client.conftest import submitted, wait_registered
from wiro_widgets.client import (
    InputError,
    ModelSpec,
    Output,
    Price,
    ProtocolError,
    SubmissionUnknown,
    Task,
    WiroError,
    transport,
)
from wiro_widgets.client.validation import check_parameters
from wiro_widgets.schema import models, parsing, pricing, responses, tasks
from wiro_widgets.schema.parsing import as_count, as_time
from wiro_widgets.schema.responses import Response, read_response
from wiro_widgets.schema.tasks import parse_frame

HOSTILE = "a\x1b]52;c;cm0=\x07b\u202ec\ud800d\x00e"
CLEAN = "a]52;c;cm0=bc\ufffdde"
SLUG = {"slugowner": "a", "slugproject": "b"}


def texts(value: object) -> list[str]:
    """All texts in a parsed value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, (tuple, list)):
        return [text for part in value for text in texts(part)]
    return texts(vars(value)) if hasattr(value, "__dict__") else []


def test_the_texts_of_a_task_are_clean():
    output = dict.fromkeys(("id", "name", "contenttype", "url"), HOSTILE)
    named = ("id", "status", "pexit", "debugoutput", "debugerror", "socketaccesstoken")
    task = Task.parse({**dict.fromkeys(named, HOSTILE), "outputs": [output]})
    assert set(texts(task)) == {CLEAN, ""}
    failed = Task.parse({"status": "task_postprocess_end", "pexit": "1", "debugerror": HOSTILE})
    assert failed.failure_reason == CLEAN


@pytest.mark.parametrize("key", ["message", "raw"])
def test_the_texts_of_a_frame_are_clean(key):
    message = HOSTILE if key == "message" else {"raw": HOSTILE}
    frame = parse_frame(json.dumps({"type": "task_output", "id": HOSTILE, "message": message}))
    assert (frame.message, frame.task_id) == (CLEAN, CLEAN)


def test_the_texts_of_a_model_are_clean():
    option = {"value": HOSTILE, "text": HOSTILE, "cover": HOSTILE}
    names = ("id", "label", "help", "placeholder", "type", "value")
    item = {**dict.fromkeys(names, HOSTILE), "options": [option]}
    entries = [{"title": HOSTILE, "items": [item]}]
    shown = dict.fromkeys(("title", "description", "image"), HOSTILE)
    price = [{"price": "1", "priceMethod": HOSTILE, "inputs": {"x": HOSTILE}}]
    spec = ModelSpec.parse(
        {**SLUG, **shown, "parameters": entries, "categories": [HOSTILE], "dynamicprice": price}
    )
    found = [text for text in texts(spec) if "a" in text and "]52" in text]
    assert len(found) == 16
    assert set(found) == {CLEAN}


def test_the_words_of_a_refusal_are_clean(service, client):
    service.fault("Task/List", faults.refusal(HOSTILE.replace("\ud800", "")))
    with pytest.raises(WiroError) as caught:
        client.tasks()
    assert caught.value.message == CLEAN.replace("\ufffd", "")


def test_what_the_user_sends_is_sent_unchanged(service, client):
    prompt = "\u202emirrored\u202c \x1b[1m\r\n" + "long " * 10_000
    client.submit("a/b", {"prompt": prompt}, spec=ModelSpec.parse(SLUG))
    assert service.requests[-1][2].decode().count("long ") == 10_000
    assert json.loads(service.requests[-1][2])["prompt"] == prompt


def test_a_refused_value_is_told_in_clean_words():
    spec = ModelSpec.parse({**SLUG, "parameters": [{"id": "n", "type": "number"}]})
    with pytest.raises(InputError) as caught:
        check_parameters(spec, {"n": HOSTILE + "x" * 100_000})
    assert str(caught.value).startswith(f"n must be a number, not {CLEAN}x")
    assert len(str(caught.value)) < 1_100


def test_only_the_end_of_a_long_log_is_kept():
    lines = "".join(f"line {number}\n" for number in range(100_000))
    task = Task.parse({"debugoutput": lines, "debugerror": "x" * 20_000_000})
    assert len(task.log) <= parsing.LONGEST_LOG
    assert task.log.endswith("line 99999\n")
    assert len(task.error_log) == parsing.LONGEST_LINE


def test_a_line_of_20_megabytes_is_cut(service, client):
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.log = "x" * 20_000_000
    service.finish(task)
    assert len(client.wait(submission, timeout=20).log) <= parsing.LONGEST_LINE + 100


def test_news_at_the_end_of_a_full_log_is_told(service, client):
    """The socket is blocked, so that only the growing log tells how far it is."""
    service.socket_mode = "refuse"
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    task.log = "line\n" * 100_000 + "Processing: 10%"
    told = []
    for event in client.follow(submission):
        told.append(event.progress)
        if event.progress == 0.1:
            task.log += "\nProcessing: 20%"
        if event.progress == 0.2:
            service.finish(task)
    assert told[:2] == [0.1, 0.2]


def test_only_so_many_outputs_are_kept():
    outputs = [{"name": f"{number}.mp4"} for number in range(3000)]
    assert len(Task.parse({"outputs": outputs}).outputs) == tasks.MOST_OUTPUTS


def test_a_form_of_30000_parameters_is_read_and_used_within_a_second():
    items = [{"id": f"p{number}", "label": "x" * 60, "type": "text"} for number in range(30_000)]
    for entries in (items, [{"title": "", "items": items}], [{"items": [i]} for i in items]):
        started = time.process_time()
        spec = ModelSpec.parse({**SLUG, "parameters": entries})
        assert all(spec.parameter(parameter.id) is parameter for parameter in spec.parameters)
        check_parameters(spec, {parameter.id: "x" for parameter in spec.parameters})
        assert time.process_time() - started < 1
        assert len(spec.parameters) == models.MOST_PARAMETERS


def test_only_so_many_choices_and_long_texts_are_kept():
    options = [{"value": str(number)} for number in range(200_000)]
    item = {"id": "a", "type": "select", "options": options, "label": "x" * 10**6}
    spec = ModelSpec.parse({**SLUG, "title": "x" * 200_000, "parameters": [item]})
    assert len(spec.parameters[0].options) == models.MOST_OPTIONS
    assert len(spec.title) == len(spec.parameters[0].label) == parsing.LONGEST_LABEL


def test_a_price_list_of_which_a_part_would_mislead_is_none():
    rows = [{"price": "1", "priceMethod": "cpr"}] * (pricing.MOST_PRICES + 1)
    assert Price.parse(rows).estimate({}) is None


@pytest.mark.parametrize("text", ["1e-200000000", "1e-999999999999", "1." + "0" * 1_000_000])
def test_an_amount_of_many_digits_is_none(text):
    assert Task.parse({"totalcost": text}).cost is None
    rows = [{"price": "1", "priceMethod": "cp-pixel", "priceExtra": text, "inputs": {}}]
    assert Price.parse(rows).rules[0].extra == Decimal(0)
    assert Price.parse([{"price": text}], text) == Price()


@pytest.mark.parametrize(
    ("method", "values"),
    [
        ("cp-pixel", {"width": 1e200, "height": 1e200}),
        ("cp-outputVideoLength", {"duration": 1e300}),
        ("cpr", {"files": ["a"], "x": "9" * 5000}),
    ],
)
def test_a_price_of_absurd_values_is_unknown_and_no_error(method, values):
    row = {"price": "1", "priceMethod": method, "inputs": {"files": "QUANTITY:" + "9" * 5000}}
    assert Price.parse([{**row, "inputs": {}}]).estimate(values) is None or method == "cpr"
    assert Price.parse([row]).estimate(values) is None


@pytest.mark.parametrize("value", [-1, "1e300", "-5", 2**60, "inf"])
def test_a_size_that_no_file_has_is_unknown(value):
    assert as_count(value) == 0
    assert Output.parse({"size": value}).size == 0


@pytest.mark.parametrize("value", [-1, "1e300", "0", 10**12, ""])
def test_a_time_that_no_calendar_has_is_none(value):
    assert as_time(value) is None


def test_a_response_of_very_many_values_is_not_decoded():
    body = b'{"result": true, "x": [' + b"[]," * responses.MOST_VALUES + b"0]}"
    with pytest.raises(ProtocolError):
        read_response(Response(200, body))


def test_an_hour_of_silence_is_not_granted(service, client):
    """The reading is refused, and the socket says meanwhile that the task is over."""
    submission = submitted(client)
    task = service.tasks[submission.task_id]
    started = time.monotonic()
    for event in client.follow(submission):
        if event.stage == "task_queue":
            wait_registered(service, submission)
            service.fault("Task/Detail", faults.status(429, b"", Retry_After="86400"))
            service.finish(task)
    assert event.task.succeeded
    assert time.monotonic() - started < 10


def test_an_answer_that_cannot_be_read_ends_the_following_of_its_task_only(
    service, client, monkeypatch
):
    good, bad = submitted(client), submitted(client)
    parse = Task.parse

    def out_of_memory(item):
        if item["id"] == bad.task_id:
            raise MemoryError
        return parse(item)

    monkeypatch.setattr(Task, "parse", out_of_memory)
    ended = {}
    with client.watch() as watch:
        watch.add(bad)
        watch.add(good)
        for event in watch:
            if event.error or event.terminal:
                ended[event.task_id] = event.error
            if bad.task_id in ended and good.task_id not in ended:
                service.finish(service.tasks[good.task_id])
            if len(ended) == 2:
                break
    assert isinstance(ended[bad.task_id], ProtocolError)
    assert "MemoryError" in str(ended[bad.task_id])
    assert ended[good.task_id] is None


def test_an_answer_that_cannot_be_read_leaves_open_whether_a_task_was_started(
    service, client, monkeypatch
):
    def out_of_memory(response):
        raise MemoryError

    monkeypatch.setattr(transport, "read_response", out_of_memory)
    with pytest.raises(SubmissionUnknown, match="No response came back: MemoryError"):
        client.submit("a/b", {"prompt": "p"})
    assert service.counts["accepted"] == 1
