"""When starting a task fails: what is known of it then, and what `on_sending` can still stop."""

from __future__ import annotations

import errno
import pickle
import time

import pytest

from tests.client import faults
from wiro_widgets.client import ConnectionFailed, ServiceError, SubmissionUnknown
from wiro_widgets.client.connections import Connections

MODEL = "minimax/hailuo-2.3-fast"


def test_unknown_outcome_carries_what_finds_the_task_again(service, client):
    service.fault("Run", faults.cut_after_body)
    before = time.time()
    with pytest.raises(SubmissionUnknown) as caught:
        client.submit(MODEL, {"prompt": "The gull", "duration": "6"})
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.model == "minimax/hailuo-2-3-fast"
    assert before <= error.sent_at <= time.time()
    assert error.parameters == {"prompt": "The gull", "duration": "6"}
    assert (error.spent, error.maybe_accepted, error.retryable) == ("maybe", True, False)
    assert "client.tasks()" in str(error)
    # ... and it is there.
    assert [task.id for task in client.tasks()] == list(service.tasks)


@pytest.mark.parametrize("fault", [faults.huge_body, faults.gzip_bomb])
def test_an_oversized_answer_is_not_taken_in(service, client, fault):
    service.fault("Run", fault)
    with pytest.raises(SubmissionUnknown, match="too large"):
        client.submit(MODEL, {})


def test_no_error_chain_leads_to_the_signed_headers(service, client):
    service.fault("Run", faults.cut_after_body)
    with pytest.raises(SubmissionUnknown) as caught:
        client.submit(MODEL, {})
    assert chained(caught.value) == []
    service.fault("Run", faults.cut_before_body)
    with pytest.raises((ConnectionFailed, SubmissionUnknown)) as caught:
        client.submit(MODEL, {})
    assert chained(caught.value) == []


def chained(error: BaseException) -> list[BaseException]:
    found = []
    while error := error.__cause__ or error.__context__:
        found.append(error)
    return [e for e in found if not type(e).__module__.startswith("wiro_widgets")]


def test_on_sending_is_called_between_the_headers_and_the_body(service, client):
    seen = []

    def note() -> None:
        service.wait_for(lambda: service.counts["Run"])  # the headers have arrived
        seen.append((service.counts["connections"], list(service.requests)))

    client.submit(MODEL, {"prompt": "p"}, on_sending=note)
    assert seen == [(1, [])]
    assert service.paid_posts == 1


def test_on_sending_is_not_called_for_a_connection_that_cannot_be_opened(
    service, client, monkeypatch
):
    real = Connections.request
    ports = iter([9, 9, service.port])

    def closed_at_first(self, method, url, *args, **options):
        url = url.replace(str(service.port), str(next(ports)))
        return real(self, method, url, *args, **options)

    monkeypatch.setattr(Connections, "request", closed_at_first)
    calls = []
    client.submit(MODEL, {"prompt": "p"}, on_sending=lambda: calls.append(next(ports, "last")))
    assert calls == ["last"]


@pytest.mark.parametrize("files", [None, {"inputVideo": b"abc"}], ids=["json", "multipart"])
@pytest.mark.parametrize(
    "error",
    [
        LookupError("the journal"),
        OSError(errno.ENOSPC, "full"),
        ConnectionFailed("of something else"),
        SubmissionUnknown("of something else"),
        ServiceError("of something else", maybe_accepted=True),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_on_sending_raises_stops_the_request_and_comes_out_unchanged(
    service, client, error, files
):
    calls = []

    def refuse() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)) as caught:
        client.submit(MODEL, {"prompt": "p"}, files, on_sending=refuse)
    assert caught.value is error
    assert chained(caught.value) == []
    assert calls == [1]
    # The connection is not used again, or the next request would be taken for the body.
    client.submit(MODEL, {"prompt": "next"})
    assert service.counts["accepted"] == len(service.requests) == 1
