"""From "the service is done" to "you have it", beside a bare socket in the same run.

Budget: median at most 5 ms, and at most 4 x the bare socket plus one Detail call.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from typing import TYPE_CHECKING

import requests
import service
import websocket

if TYPE_CHECKING:
    from wiro_widgets.client import WiroClient


def ours(client: WiroClient) -> float:
    """Seconds from the end of a job to the return of `wait`."""
    task = client.wait(client.submit("minimax/hailuo-2.3-fast", {"prompt": "p"}), timeout=30)
    return time.monotonic() - float(task.log)


def bare(session: requests.Session, at: service.Service) -> tuple[float, float]:
    """The same by hand: until the frame is here, and until one Detail call is back."""
    run = session.post(f"{at.api_url}/Run/minimax/hailuo-2-3-fast", json={"prompt": "p"}).json()
    socket = websocket.create_connection(at.socket_url)
    socket.send(json.dumps({"type": "task_info", "tasktoken": run["socketaccesstoken"]}))
    while json.loads(socket.recv())["type"] != "task_postprocess_end":
        pass
    framed = time.monotonic()
    body = {"tasktoken": run["socketaccesstoken"]}
    detail = session.post(f"{at.api_url}/Task/Detail", json=body).json()["tasklist"][0]
    done = time.monotonic()
    socket.close()
    ended = float(detail["debugoutput"])
    return framed - ended, done - ended


def report(name: str, seconds: list[float]) -> float:
    """Print one row in milliseconds; the median in seconds."""
    median = statistics.median(seconds)
    print(
        f"{name:34} median {1000 * median:6.2f} ms   min {1000 * min(seconds):6.2f}   "
        f"max {1000 * max(seconds):6.2f}   n={len(seconds)}"
    )
    return median


def main(count: int = 40) -> int:
    """Measure; 1 when over budget."""
    with service.running() as at, at.client() as client, requests.Session() as session:
        ours(client), bare(session, at)
        before = at.counts()
        gaps, framed, confirmed = [], [], []
        requests_made = []
        for _ in range(count):
            start = at.counts().get("Task/Detail", 0)
            gaps.append(ours(client))
            requests_made.append(at.counts()["Task/Detail"] - start)
            by_frame, by_detail = bare(session, at)
            framed.append(by_frame)
            confirmed.append(by_detail)
        connections = at.counts()["connections"] - before["connections"]
    report("bare socket", framed)
    floor = report("bare socket + one Detail call", confirmed)
    median = report("WiroClient.wait", gaps)
    print(f"ratio to bare socket + Detail: {median / floor:.2f} (budget 4)")
    print(f"Detail requests per job: median {statistics.median(requests_made)} (budget 2)")
    print(f"new TCP connections for {count} + {count} jobs, sockets included: {connections}")
    return int(median > 0.005 or median > 4 * floor)


if __name__ == "__main__":
    sys.exit(main())
