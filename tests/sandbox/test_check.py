"""``wiro-widgets sandbox check``: what two servers answer differently is found, and no secret."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wiro_widgets.sandbox import check

from .server import REPOSITORY, Sandbox, image_body

COMMAND = [sys.executable, "-m", "wiro_widgets.cli", "sandbox", "check"]
PLANTED = """
import sys
from decimal import Decimal
from wiro_widgets.sandbox import __main__, app, handlers, messages, state, tools
from wiro_widgets.sandbox.catalog import hailuo, wire

def otherwise(module, name, change):
    before = getattr(module, name)
    setattr(module, name, lambda *a, **k: change(before(*a, **k)))

# A field of another type, a missing one and a further one.
otherwise(tools, "tool", lambda body: {
    **{name: value for name, value in body.items() if name != "readme"},
    "id": int(body["id"]), "seotitle": "x",
})
# Other parameters, and other kinds of them.
hailuo.select = lambda name, *a, **more: wire_select(name, *a, **more)
from wiro_widgets.sandbox.catalog.models import select
def wire_select(name, label, *values, **more):
    return select(name, label, *(values if name != "duration" else ("6", "12")), **more)
# Another text, another code, another status.
refusal = messages.Refusal.__init__
def said(self, message, *, code=0, status=200, **more):
    secret = state.Account.secret_for_test
    texts = {"There is no task yet.": f"task-not-founded {secret} at 10.1.2.3 nobodyskey"}
    code = "1" if message == "slug-owner-project-not-exist" else code
    status = 403 if "not valid" in message else status
    refusal(self, texts.get(message, message), code=code, status=status, **more)
messages.Refusal.__init__ = said
state.Account.secret_for_test = sys.argv[1]
# A folder is not given twice.
create = state.Folders.create
def once(self, account, name, parent):
    known = len(self._by_id)
    folder = create(self, account, name, parent)
    if len(self._by_id) == known:
        raise messages.Refusal("folder-already-exist")
    return folder
state.Folders.create = once
# A task that is over can be cancelled again.
from wiro_widgets.sandbox import engine
engine.CANCELLABLE = engine.CANCELLABLE | {"task_cancel", "task_postprocess_end"}
# There is something where there is nothing.
tools.NOT_MODELLED = ()
sys.exit(__main__.main(sys.argv[2:]))
"""
SECRET = "S3cretOfTheProjectThatNobodySees"
FOUND = (
    "Tool/List: tool[].id: the sandbox a number as text, the service a number",
    "Tool/List: tool[].readme: only the sandbox has it (text)",
    "Tool/List: tool[].seotitle: only the service has it (text)",
    (
        "parameter duration: the sandbox select, required true, default 6, one of 6 | 10,"
        " the service select, required true, default 6, one of 6 | 12"
    ),
    'Tool/DetailOpenAPI: field duration: the sandbox {"default": "6", "enum": ["6", "10"]',
    'Tool/Detail: errors[].code: the sandbox 1, the service "1"',
    (
        'Task/Detail: errors[].message: the sandbox "There is no task yet.",'
        ' the service "task-not-founded <token> at <address> <hidden>"'
    ),
    "Task/List: HTTP: the sandbox 401, the service 403",
    "File/FolderCreate: list: only the sandbox has it (a list)",
    "Task/Cancel: result: the sandbox false, the service true",
    "Task/Stat: HTTP: the sandbox 501, the service 404",
)


class Planted(Sandbox):
    """A server that differs from the others on purpose."""

    command = (sys.executable, "-c", PLANTED, SECRET)


def checked(sandbox, *arguments):
    """The command, with a server in the place of the service."""
    key = {"WIRO_API_KEY": sandbox.key, "WIRO_API_SECRET": sandbox.secret}
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, **key, "WIRO_API_URL": sandbox.api, "WIRO_SANDBOX": ""},
    )


def test_without_a_key_the_sandbox_itself_is_checked():
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "answered 57 calls as it should" in done.stdout
    assert "--live" in done.stdout


@pytest.mark.parametrize("flags", [(), ("--secret", "")], ids=["signed", "key only"])
def test_two_that_answer_alike_differ_in_nothing(start, flags):
    done = checked(start("--speed", "2000", *flags), "--live", "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "seed 7: no difference" in done.stdout


def test_every_planted_difference_is_found_and_no_secret_is_printed():
    planted = Planted("--speed", "2000", "--key", "nobodyskey", "--secret", SECRET)
    prompt = "what nobody else should read"
    planted.finish(body=image_body(prompt))
    done = checked(planted, "--live")
    for line in FOUND:
        assert line in done.stdout, line
    assert done.returncode == 1
    assert f"{len(done.stdout.splitlines()) // 2} differences" in done.stdout
    task = planted.post("/Task/List")["tasklist"][0]
    for hidden in (planted.key, SECRET, prompt, task["id"], task["socketaccesstoken"], "10.1.2.3"):
        assert hidden not in done.stdout + done.stderr
    planted.stop()


def test_a_walk_costs_nothing_and_is_the_same_for_the_same_seed(start):
    sandbox = start("--speed", "2000", "--balance", "10")
    server = check.Server("it", sandbox.api, sandbox.headers)
    first, again, other = (
        [call for call, _ in check.walk(seed, lambda call: check.ask(server, call))]
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert sandbox.post("/Task/List")["total"] == "0"


def test_a_service_that_does_not_answer_is_named(start):
    sandbox = start()
    sandbox.stop()
    done = checked(sandbox, "--live")
    assert done.returncode == 2
    assert "the service does not answer" in done.stderr
    assert sandbox.key not in done.stderr


def test_a_live_check_without_a_key_says_how_to_give_one(tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("WIRO_")}
    done = subprocess.run(
        [*COMMAND, "--live"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(REPOSITORY), "HOME": str(tmp_path)},
    )
    assert done.returncode == 2
    assert "Set WIRO_API_KEY" in done.stderr
