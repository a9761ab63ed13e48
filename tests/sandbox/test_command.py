"""The command: its one line, its errors, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from .server import REPOSITORY, TEXT_TO_VIDEO, clip_body

COMMAND = [sys.executable, "-m", "wiro_widgets.sandbox"]


def run(*flags, **arguments):
    return subprocess.run(
        [*COMMAND, *flags],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=30,
        check=False,
        **arguments,
    )


def ends_within(process, seconds):
    begin = time.monotonic()
    process.wait(seconds)
    return time.monotonic() - begin


def test_the_ready_line_has_everything_a_client_needs(start):
    sandbox = start("--key", "k", "--secret", "s")
    port = int(sandbox.ready["api_url"].removeprefix("http://127.0.0.1:").removesuffix("/v1"))
    assert sandbox.ready["socket_url"] == f"ws://127.0.0.1:{port}/v1"
    assert (sandbox.ready["key"], sandbox.ready["secret"]) == ("k", "s")
    assert sandbox.ready["pid"] == sandbox.process.pid
    assert sandbox.ready["version"]


def test_a_taken_port_is_one_sentence_with_the_remedy():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.returncode == 2
    assert done.stdout == ""
    assert str(port) in done.stderr
    assert "--port 0" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "flags",
    [
        ("--port", "70000"),
        ("--speed", "0"),
        ("--speed", "nan"),
        ("--balance", "much"),
        ("--frames", "newer"),
        ("--host", "no.such.host.invalid"),
    ],
)
def test_bad_flags_are_refused_without_a_traceback(flags):
    done = run(*flags)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_missing_extras_are_named_with_the_remedy(tmp_path):
    # A finder in front of all others, that knows none of the extras: as if never installed.
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util, sys\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: (\n"
        "    None if name in ('aiohttp', 'av') else real(name, package))\n",
        encoding="utf-8",
    )
    done = run(env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"})
    assert done.returncode == 3
    assert done.stdout == ""
    assert "aiohttp, av" in done.stderr
    assert 'pip install "wiro-widgets[sandbox]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_two_seconds_with_every_child(start, number):
    sandbox = start("--speed", "2000")
    run = sandbox.run("/Run/pruna/p-video", clip_body(duration=10, resolution="1080p"))
    sandbox.wait(run, "task_output")
    listening = sandbox.socket(run)
    lease = sandbox.lease()
    server = psutil.Process(sandbox.process.pid)
    deadline = time.monotonic() + 10
    while not (children := server.children(recursive=True)):
        assert time.monotonic() < deadline
    os.kill(sandbox.process.pid, number)
    assert ends_within(sandbox.process, 10) < 2
    assert sandbox.process.returncode == 0
    assert not [child for child in children if child.is_running()]
    assert sandbox.process.stderr.read() == ""
    listening.close()
    lease.close()


def test_a_killed_server_leaves_no_renderer(start):
    sandbox = start("--speed", "2000")
    sandbox.run("/Run/pruna/p-video", clip_body())
    server = psutil.Process(sandbox.process.pid)
    deadline = time.monotonic() + 10
    while not (children := server.children(recursive=True)):
        assert time.monotonic() < deadline
    sandbox.kill()
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive


def test_an_idle_server_ends_by_itself(start):
    sandbox = start("--idle-exit", "0.5")
    assert ends_within(sandbox.process, 10) < 3
    assert sandbox.process.returncode == 0


def test_a_lease_and_a_socket_keep_it_alive_in_turn(start):
    sandbox = start("--idle-exit", "0.6", "--speed", "2000")
    lease = sandbox.lease()
    assert lease.raw.read(5) == b"held\n"
    with pytest.raises(subprocess.TimeoutExpired):
        sandbox.process.wait(1.5)
    listening = sandbox.socket(sandbox.run())
    lease.close()
    with pytest.raises(subprocess.TimeoutExpired):
        sandbox.process.wait(2.5)
    listening.close()
    assert ends_within(sandbox.process, 10) < 4
    assert sandbox.process.returncode == 0


def test_with_nobody_connected_it_ends_whatever_is_under_way_and_goes_on_later(start, tmp_path):
    flags = ("--speed", "2000", "--state", str(tmp_path))
    sandbox = start(*flags, "--idle-exit", "0.6")
    stalled = sandbox.run(TEXT_TO_VIDEO, {"prompt": "sandbox: stall", "duration": "6"})
    queued = sandbox.run(TEXT_TO_VIDEO, {"prompt": "sandbox: long queue", "duration": "6"})
    large = sandbox.run("/Run/pruna/p-video", clip_body(duration=10, resolution="1080p"))
    sandbox.wait(large, "task_output")
    server = psutil.Process(sandbox.process.pid)
    workers = server.children(recursive=True)
    assert workers
    assert ends_within(sandbox.process, 10) < 4
    assert sandbox.process.returncode == 0
    assert not psutil.wait_procs(workers, timeout=5)[1]

    again = start(*flags)
    assert again.wait(queued)["pexit"] == "0"
    assert again.wait(large)["pexit"] == "0"
    again.wait(stalled, "task_output")
    assert again.post("/Task/Kill", {"taskid": stalled["taskid"]})["result"]


def test_the_lease_of_a_killed_holder_ends(start):
    sandbox = start("--idle-exit", "0.5")
    until_then = sandbox.lease()
    code = (
        "import json, sys, requests\n"
        "held = requests.get(sys.argv[1], headers=json.loads(sys.argv[2]), stream=True)\n"
        "print(held.raw.read(5), flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, f"{sandbox.base}/-/lease", json.dumps(sandbox.headers())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    holder.stdout.readline()
    until_then.close()
    with pytest.raises(subprocess.TimeoutExpired):
        sandbox.process.wait(1.5)
    holder.kill()
    holder.communicate()
    assert ends_within(sandbox.process, 10) < 4


def test_a_state_in_use_is_refused(start, tmp_path):
    start("--state", str(tmp_path))
    done = run("--state", str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert "--state" in done.stderr


def test_it_listens_on_this_machine_only(start):
    sandbox = start()
    connections = psutil.Process(sandbox.process.pid).net_connections("tcp")
    assert {one.laddr.ip for one in connections if one.status == "LISTEN"} == {"127.0.0.1"}
    assert json.dumps(sandbox.ready).count("127.0.0.1") == 2
