"""What tasks are charged, and when: also those that were killed, and by a server started later."""

import time
from decimal import Decimal

from .server import QUICK_IMAGE, TEXT_TO_VIDEO, image_body

IMAGE_FOR_FOUR_CENTS = {"prompt": "x", "maxImages": 1, "watermark": "false"}
STALL = {"prompt": "sandbox: stall", "duration": "6"}


def test_a_task_is_charged_to_the_account(start):
    sandbox = start("--speed", "2000", "--balance", "10.6")
    sandbox.finish("/Run/bytedance/seedream-v4-5", IMAGE_FOR_FOUR_CENTS)
    sandbox.run(TEXT_TO_VIDEO, {"prompt": "sandbox: long queue", "duration": "6"})
    message = sandbox.post(QUICK_IMAGE, image_body())["errors"][0]["message"]
    assert "$10.56" in message


def balance_of(sandbox):
    """The account's balance, as the refusal of one task too many states it."""
    sandbox.run(TEXT_TO_VIDEO, {"prompt": "sandbox: long queue", "duration": "6"})
    message = sandbox.post(QUICK_IMAGE, image_body())["errors"][0]["message"]
    return Decimal(message.partition("$")[2].partition(",")[0])


def settled(sandbox, run):
    """The task of a killed Run once its charge is stated, and the Unix time of that."""
    deadline = time.monotonic() + 30
    while (task := sandbox.task(run))["totalcost"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)  # the pace of polling, not a synchronisation
    return task, time.time()


def listed(sandbox, run):
    """The task of a Run in Task/List."""
    tasks = sandbox.post("/Task/List", {"limit": "100"})["tasklist"]
    return next(task for task in tasks if task["id"] == run["taskid"])


def test_a_task_killed_while_it_ran_is_charged_when_its_work_would_have_ended(start):
    sandbox = start("--speed", "70", "--balance", "10.5")
    run = sandbox.run(TEXT_TO_VIDEO, {"prompt": "x", "duration": "10"})
    sandbox.wait(run, "task_output")
    (killed,) = sandbox.post("/Task/Kill", {"taskid": run["taskid"]})["tasklist"]
    assert killed["totalcost"] is None
    assert sandbox.task(run)["totalcost"] is None
    assert listed(sandbox, run)["totalcost"] is None

    task, when = settled(sandbox, run)

    # 140 s at the service's pace are 2 s here.
    assert when >= int(task["starttime"]) + 2
    assert task["status"] == "task_cancel"
    assert listed(sandbox, run) == task
    cost = Decimal(task["totalcost"])
    assert 0 < cost < Decimal("0.56")
    assert len(task["totalcost"].partition(".")[2]) == 12
    assert balance_of(sandbox) == (Decimal("10.5") - cost).quantize(Decimal("0.01"))


def test_an_open_charge_is_settled_by_the_next_server_once(start, tmp_path):
    flags = ("--speed", "70", "--state", str(tmp_path), "--balance", "10.5")
    first = start(*flags)
    run = first.run(TEXT_TO_VIDEO, {**STALL, "duration": "10"})
    first.wait(run, "task_output")
    first.post("/Task/Kill", {"taskid": run["taskid"]})
    first.kill()

    second = start(*flags)
    cost = settled(second, run)[0]["totalcost"]
    second.stop()

    third = start(*flags)
    assert third.task(run)["totalcost"] == cost
    assert balance_of(third) == (Decimal("10.5") - Decimal(cost)).quantize(Decimal("0.01"))


def test_a_task_killed_before_it_ran_costs_nothing(start):
    sandbox = start("--speed", "20")
    run = sandbox.run(TEXT_TO_VIDEO, {"prompt": "x", "duration": "6"})
    sandbox.wait(run, "task_assign")
    (killed,) = sandbox.post("/Task/Kill", {"taskid": run["taskid"]})["tasklist"]
    assert killed["status"] == "task_cancel"
    assert killed["totalcost"] == "0"


def test_a_task_killed_while_it_ran_is_free_where_that_is_asked_for(start):
    sandbox = start("--speed", "2000", "--stopped", "free", "--balance", "10.5")
    run = sandbox.run(TEXT_TO_VIDEO, STALL)
    sandbox.wait(run, "task_output")
    (killed,) = sandbox.post("/Task/Kill", {"taskid": run["taskid"]})["tasklist"]
    # Whether there will be a charge is not known before the work would have ended.
    assert killed["totalcost"] is None
    assert Decimal(settled(sandbox, run)[0]["totalcost"]) == 0


def test_a_discount_tells_the_charge_and_the_list_price(start):
    sandbox = start("--speed", "2000", "--guess-discount", "25", "--balance", "10.6")
    task = sandbox.finish("/Run/bytedance/seedream-v4-5", IMAGE_FOR_FOUR_CENTS)
    assert (task["totalcost"], task["listcost"]) == ("0.030000000000", "0.040000000000")
    assert balance_of(sandbox) == Decimal("10.57")
    without = start("--speed", "2000")
    assert "listcost" not in without.finish("/Run/bytedance/seedream-v4-5", IMAGE_FOR_FOUR_CENTS)


def test_a_run_with_a_known_key_is_the_same_task_also_after_a_restart(start, tmp_path):
    flags = ("--speed", "2000", "--state", str(tmp_path), "--guess-run-key", "idempotencyKey")
    first = start(*flags)
    keyed = image_body(idempotencyKey="a")
    run = first.run(body=keyed)
    assert first.run(body=keyed) == run
    assert first.run(body=image_body(idempotencyKey="b"))["taskid"] != run["taskid"]
    assert first.run(body=image_body())["taskid"] != first.run(body=image_body())["taskid"]
    assert "idempotencyKey" not in first.task(run)["parameters"]
    first.stop()
    assert start(*flags).run(body=keyed) == run


def test_without_the_switch_a_key_is_a_parameter_that_means_nothing(fast):
    keyed = image_body(idempotencyKey="a")
    assert fast.run(body=keyed)["taskid"] != fast.run(body=keyed)["taskid"]
