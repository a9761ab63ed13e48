"""Two hundred tasks at once: none is lost, every clip is whole, memory stays bounded."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import av
import psutil

from .server import QUICK_CLIP, clip_body

TASKS = 200
DIFFERENT = 20
"""Equal requests give equal bytes and are rendered once, which keeps this test short."""
FRAMES = 24
MOST_MIB = 600


def resident(process):
    """MiB of the server and its renderers together."""
    family = [process, *process.children(recursive=True)]
    return sum(each.memory_info().rss for each in family) / 2**20


def test_two_hundred_tasks_at_once(start):
    sandbox = start("--speed", "2000")
    process = psutil.Process(sandbox.process.pid)
    bodies = [clip_body(f"a lighthouse, {n % DIFFERENT}") for n in range(TASKS)]
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda body: sandbox.run(QUICK_CLIP, body), bodies))
    peak, tasks = 0.0, []
    for run in runs:
        tasks.append(sandbox.wait(run))
        peak = max(peak, resident(process))

    assert {task["status"] for task in tasks} == {"task_postprocess_end"}
    assert {task["pexit"] for task in tasks} == {"0"}
    clips = {sandbox.http.get(task["outputs"][0]["url"], timeout=30).content for task in tasks}
    assert len(clips) == DIFFERENT
    for clip in clips:
        with av.open(io.BytesIO(clip)) as container:
            assert sum(1 for _ in container.decode(video=0)) == FRAMES
    assert peak < MOST_MIB
