"""From "the service is done" to `wait` returning with the clip on the disk, beside it by hand.

The floor is a bare socket that waits for the last frame, one ``Task/Detail`` and one GET of the
clip over kept-alive connections, written to a file. It keeps no journal. Budget: 10 ms by median.
"""

from __future__ import annotations

import functools
import json
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import stub
import urllib3
import websocket

import wiro_widgets as ww
from wiro_widgets.client import Credentials, WiroClient
from wiro_widgets.library.journal import Journal
from wiro_widgets.runs.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET = 0.010
# What is between the end and `wait`.
PARTS = (
    ("the end is heard of", Runner, "_on_event"),
    ("download", WiroClient, "download"),
    ("row: ended", Journal, "end"),
)


def timed(owner: type, name: str, spans: list[tuple[float, float]]) -> None:
    """Have a method note when it began and when it was done."""
    plain: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(plain)
    def noted(*values: Any, **named: Any) -> Any:
        begin = time.monotonic()
        try:
            return plain(*values, **named)
        finally:
            spans.append((begin, time.monotonic()))

    setattr(owner, name, noted)


def ours(number: int) -> float:
    """Seconds from the end of a job to the return of `wait`."""
    run = ww.run(f"A gull, take {number}", model=stub.MODEL).wait(30)
    done = time.monotonic()
    assert run.video.is_file()
    return done - stub.ended(run)


class ByHand:
    """The same with nothing but a socket and a pool of connections."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._api, self._socket = environment["WIRO_API_URL"], environment["WIRO_SOCKET_URL"]
        self._credentials = Credentials(environment["WIRO_API_KEY"], environment["WIRO_API_SECRET"])
        self._pool = urllib3.PoolManager()

    def measure(self, number: int) -> tuple[float, float, float]:
        """Seconds from the end of a job to its last frame, to its Detail, and to its clip."""
        run = self._post(f"Run/{stub.MODEL.replace('.', '-')}", {"prompt": f"by hand {number}"})
        socket = websocket.create_connection(self._socket)
        socket.send(json.dumps({"type": "task_info", "tasktoken": run["socketaccesstoken"]}))
        while json.loads(socket.recv())["type"] != "task_postprocess_end":
            pass
        framed = time.monotonic()
        detail = self._post("Task/Detail", {"taskid": run["taskid"]})["tasklist"][0]
        confirmed = time.monotonic()
        clip = self._pool.request("GET", detail["outputs"][0]["url"]).data
        Path(f"by-hand-{number}.mp4").write_bytes(clip)
        done = time.monotonic()
        socket.close()
        ended = float(detail["debugoutput"].splitlines()[1])
        return framed - ended, confirmed - ended, done - ended

    def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        headers = self._credentials.headers(str(time.time()))
        answer = self._pool.request("POST", f"{self._api}/{path}", json=body, headers=headers)
        return answer.json()


def main(count: int = 40) -> int:
    """Measure; 1 when over budget."""
    gaps: list[float] = []
    floors: list[tuple[float, float, float]] = []
    spans: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in PARTS}
    ends: list[float] = []
    for name, owner, method in PARTS:
        timed(owner, method, spans[name])
    with stub.notebook() as at, ww.connect():
        by_hand = ByHand(at.environment)
        for number in range(count + 1):
            # In random order, so that neither way profits from what ran before it.
            for way in random.sample(["ours", "by hand"], 2):
                if way == "ours":
                    spans["the end is heard of"].clear()
                    gaps.append(ours(number))
                    heard = spans["the end is heard of"][-1][0]
                    ends.append(heard - stub.ended(ww.history(limit=1)[0]))
                else:
                    floors.append(by_hand.measure(number))
        stub.report_commits()
    # The first of each opens its connection.
    names = ("bare socket", "bare socket + one Detail", "bare socket + one Detail + GET")
    for name, seconds in zip(names, zip(*floors[1:], strict=True), strict=True):
        floor = stub.report(name, seconds)
    median = stub.report("ww.run(...).wait(), the clip on the disk", gaps[1:])
    print("  of which:")
    stub.report("  the end is heard of, Detail included", ends[1:])
    for name, _, _ in PARTS[1:]:
        stub.report(f"  {name}", [until - since for since, until in spans[name][1:]])
    print(f"ratio to the floor: {median / floor:.2f}; budget {1000 * BUDGET:.0f} ms")
    print(stub.loads())
    return int(median > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
