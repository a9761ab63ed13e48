"""From "the service is done" to "you have it", beside the same by hand in the same run.

The floor is a bare socket that waits for the last frame, and then one ``Task/Detail`` over a
kept-alive connection. Budget: `WiroClient.wait` takes at most 1.2 x that, by median and with the
Detail call made by requests.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from typing import TYPE_CHECKING

import requests
import service
import urllib3
import websocket

if TYPE_CHECKING:
    from collections.abc import Callable

    from wiro_widgets.client import WiroClient

    Post = Callable[[str, dict[str, str]], dict]

BUDGET = 1.2


def ours(client: WiroClient) -> float:
    """Seconds from the end of a job to the return of `wait`."""
    task = client.wait(client.submit("minimax/hailuo-2.3-fast", {"prompt": "p"}), timeout=30)
    return time.monotonic() - float(task.log)


def by_hand(at: service.Service, post: Post) -> tuple[float, float]:
    """Seconds from the end of a job to its last frame, and to the answer of one Detail call."""
    run = post(f"{at.api_url}/Run/minimax/hailuo-2-3-fast", {"prompt": "p"})
    socket = websocket.create_connection(at.socket_url)
    socket.send(json.dumps({"type": "task_info", "tasktoken": run["socketaccesstoken"]}))
    while json.loads(socket.recv())["type"] != "task_postprocess_end":
        pass
    framed = time.monotonic()
    body = {"tasktoken": run["socketaccesstoken"]}
    detail = post(f"{at.api_url}/Task/Detail", body)["tasklist"][0]
    done = time.monotonic()
    socket.close()
    ended = float(detail["debugoutput"])
    return framed - ended, done - ended


def with_requests() -> Post:
    """POST by a session of requests, as most people would write it."""
    session = requests.Session()
    return lambda url, body: session.post(url, json=body).json()


def with_urllib3() -> Post:
    """POST by a pool of urllib3, the leanest way."""
    pool = urllib3.PoolManager()
    return lambda url, body: pool.request("POST", url, json=body).json()


def report(name: str, seconds: list[float]) -> float:
    """Print one row in milliseconds; the median in seconds."""
    median = statistics.median(seconds)
    print(
        f"{name:38} median {1000 * median:5.2f} ms   min {1000 * min(seconds):5.2f}   "
        f"max {1000 * max(seconds):5.2f}   n={len(seconds)}"
    )
    return median


def main(count: int = 40) -> int:
    """Measure; 1 when over budget."""
    posts = {"requests": with_requests(), "urllib3": with_urllib3()}
    framed: list[float] = []
    confirmed: dict[str, list[float]] = {name: [] for name in posts}
    gaps: list[float] = []
    details: list[int] = []
    with service.running() as at, at.client() as client:
        for _ in range(count + 1):
            # In random order, so that no way profits from what ran before it.
            for name in random.sample([*posts, "wait"], 3):
                if name == "wait":
                    start = at.counts().get("Task/Detail", 0)
                    gaps.append(ours(client))
                    details.append(at.counts()["Task/Detail"] - start)
                else:
                    by_frame, by_detail = by_hand(at, posts[name])
                    framed.append(by_frame)
                    confirmed[name].append(by_detail)
    # The first of each opens its connection.
    report("bare socket", framed[2:])
    floors = {
        name: report(f"bare socket + one Detail by {name}", seconds[1:])
        for name, seconds in confirmed.items()
    }
    median = report("WiroClient.wait", gaps[1:])
    for name, floor in floors.items():
        print(f"ratio to the floor by {name}: {median / floor:.2f} (budget {BUDGET})")
    print(f"Detail requests per job: median {statistics.median(details)} (budget 2)")
    return int(median > BUDGET * floors["requests"] or statistics.median(details) > 2)


if __name__ == "__main__":
    sys.exit(main())
