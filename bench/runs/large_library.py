"""A library of 100, 5,000 and 50,000 real runs, on SQLite and on PostgreSQL, and what waits for it.

``python bench/runs/large_library.py [STORE ...] [SIZE ...]``. The runs are made by two kernels at
once (`library_maker`), which is itself a part of what is looked at: nothing may be lost, doubled or
refused a lock. Then another kernel does what a person or a widget does.

Budgets, by the median: what a person waits for at the largest size takes at most 2 x its time at
the smallest, and under 10 ms; a search under 50 ms at p95; a kernel takes at most 20 MiB more; a
run sent costs the journal under 5 ms, on PostgreSQL 10 ms.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

import library_maker as maker
import psutil
import stub

import wiro_widgets as ww
from tests.library.places import SQLITE, Place, postgresql_place
from tests.library.servers import PostgreSQL
from wiro_widgets.client import Output, PriceRange
from wiro_widgets.library.leases import new_owner
from wiro_widgets.library.tables import runs
from wiro_widgets.library.totals import change_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wiro_widgets.runs.session import Session

SIZES = (100, 5_000, 50_000)
REPEATS = 40
PRICE = Decimal("0.28")
A_DAY = 150
"""Runs of one calendar day: nobody makes 50,000 in one."""
GROWTH, WAIT, SEARCH, MEMORY = 2.0, 0.010, 0.050, 20.0
SENT: Mapping[str, float] = {"SQLite": 0.005, "PostgreSQL": 0.010}
TYPED = "a change of Studio.prompt"
RECORDED = "ww.run of a recorded request"
SPENT, TYPICAL = "library.spent", "library.typical_seconds"
KERNEL = "MiB of the kernel"
SEARCHED, JOURNAL = "ww.history(text=...)", "the journal of one run sent"
WAITED_FOR = (TYPED, RECORDED, SPENT, TYPICAL)


def spread(session: Session) -> None:
    """Move runs to earlier days, by the function that keeps the sums right."""
    database = session.library._journal.database
    today = dt.datetime.now().astimezone()
    with database.transaction() as connection:
        rows = connection.execute(runs.select().order_by(runs.c.number.desc())).all()
        for count, row in enumerate(rows):
            ago = dt.timedelta(days=count // A_DAY)
            day = f"{today - ago:%Y-%m-%d}"
            if day != row.day:
                moved = {"created": row.created - ago.total_seconds(), "day": day}
                change_run(connection, row.number, lambda _row: True, **moved)


def searches(size: int) -> Iterator[str]:
    """What people look for: frequent and rare words, parts of words, several, and none at all."""
    dice = random.Random(size)
    while True:
        yield "gull"
        yield dice.choice(maker.RARE)
        yield dice.choice(maker.RARE)[:4]
        yield f"gull {dice.randrange(size // maker.SEEDS)},"
        yield " ".join(dice.sample(maker.WORDS, 4))
        yield "hero light"
        yield "1080"
        yield f"nothing like {dice.randrange(1000)}"
        yield "zeppelin quartz"
        yield "of"


def measured(call: Callable[[], object]) -> list[float]:
    """The seconds of each repeat; the first, which fills caches, is left out."""
    taken = []
    for _ in range(REPEATS + 1):
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return taken[1:]


def sent(session: Session, numbers: Iterator[int]) -> list[float]:
    """The seconds of all that the journal writes for one run, from its intent to its clip."""
    journal, owner, taken = session.library._journal, new_owner(), []
    state = {"stages": {}, "log": ["Processing: 50%"] * 20, "log_total": 20, "progress": 1.0}
    output = Output("0.mp4", "video/mp4", 4096, "https://cdn.example/0.mp4", "0" * 32)
    for number in itertools.islice(numbers, REPEATS + 1):
        request = session.request(
            f"Sent to be measured, {number}", model=stub.MODEL, parameters={"seed": number}
        )
        begin = time.perf_counter()
        price = PriceRange(PRICE, PRICE, "cpr")
        record, _ = journal.reserve(request, session.service, owner, fresh=False, price=price)
        journal.begin_sending(record.number, owner)
        journal.accepted(record.number, f"measured-{number}", "token", owner)
        journal.finished(record.number, [output], PRICE)
        journal.end(
            record.number,
            "succeeded",
            state=state,
            outputs=[output],
            files=[journal.clips / f"{record.number}.mp4"],
            cost=PRICE,
            seconds=31.0,
        )
        taken.append(time.perf_counter() - begin)
    return taken[1:]


def recorded(session: Session, size: int) -> list[int]:
    """Some runs, by their number in `maker`, that have their clip: a failed one is sent again."""
    found = []
    for number in random.Random(size).sample(range(size), min(size, 3 * REPEATS)):
        named = maker.values(number)
        model, image = named.pop("model"), named.pop("image")
        asked = session.request(maker.prompt(number), model=model, image=image, parameters=named)
        record = session.library.find(asked, session.service)
        if record is not None and record.status == "succeeded":
            found.append(number)
    return found


def measure(size: int) -> dict[str, list[float]]:
    """Each of the things that a person, or a widget, does with a library; and MiB of memory."""
    session = ww.connect()
    library, service = session.library, session.service
    numbers = itertools.cycle(recorded(session, size))
    looked_for = searches(size)
    some = session.request(maker.prompt(0), model=stub.MODEL, parameters={})

    def run_again() -> None:
        number = next(numbers)
        ww.run(maker.prompt(number), **maker.values(number))

    steps: Mapping[str, Callable[[], object]] = {
        RECORDED: run_again,
        SPENT: lambda: library.spent(service),
        TYPICAL: lambda: library.typical_seconds(some.model, some.parameters, service),
        "library.prompts": lambda: library.prompts(100),
        "library.recent_models": lambda: library.recent_models(service),
        "ww.history(), shown": lambda: repr(ww.history()),
        SEARCHED: lambda: ww.history(text=next(looked_for)),
        'ww.history(text="gull"), shown': lambda: repr(ww.history(text="gull")),
        "Studio()": lambda: ww.Studio().close(),
    }
    taken = {name: measured(step) for name, step in steps.items()}
    taken[SEARCHED] += [one for _ in range(4) for one in measured(steps[SEARCHED])]
    studio, keys = ww.Studio(maker.prompt(size // 2), model=stub.MODEL), itertools.count()

    def type_on() -> None:
        studio.prompt = f"{maker.prompt(size // 2)} {next(keys)}"

    taken[TYPED] = measured(type_on)
    studio.close()
    taken[KERNEL] = [psutil.Process().memory_info().rss / 2**20]
    # Last, since it adds runs.
    taken[JOURNAL] = sent(session, itertools.count(size))
    session.close()
    return taken


class LibraryWrongError(Exception):
    """A run was lost or doubled, or a kernel failed."""


def child(code: str, *arguments: int | str) -> subprocess.Popen[str]:
    """Another kernel in the current folder."""
    command = [sys.executable, str(Path(__file__).parent / code), *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def said(kernel: subprocess.Popen[str]) -> str:
    """What a kernel printed, once it has ended well and without a warning."""
    out, errors = kernel.communicate()
    if kernel.returncode or errors:
        raise LibraryWrongError(f"exit code {kernel.returncode}\n{errors[-4000:]}")
    return out


def grow(at: stub.Stub, begin: int, end: int) -> str:
    """Make the runs of a range by two kernels at once; how fast that was."""
    before, start = at.counts().get("Run", 0), time.monotonic()
    half = (begin + (end - begin) // 2) // maker.SEEDS * maker.SEEDS
    for kernel in [
        child("library_maker.py", begin, half),
        child("library_maker.py", half, end),
    ]:
        said(kernel)
    seconds, paid = time.monotonic() - start, at.counts().get("Run", 0) - before
    with ww.connect() as session:
        runs_there = [record.number for record in session.library.records()]
        spread(session)
    if paid != end - begin or len(runs_there) < end:
        raise LibraryWrongError(
            f"{paid} paid and {len(runs_there)} there of {end - begin} to {end}"
        )
    speed = (end - begin) / seconds
    return f"{end - begin:,} runs by two kernels at once: {paid:,} paid, none lost, {speed:.0f}/s"


def report(store: str, sizes: list[int], taken: list[dict[str, list[float]]]) -> bool:
    """Print one store's table; whether all of it is within budget."""
    print(f"{store}: median / p95 in ms".ljust(44) + "".join(f"{size:>18,}" for size in sizes))
    for name in taken[0]:
        unit = 1 if name == KERNEL else 1000
        cells = [
            f"{unit * statistics.median(e[name]):.2f} / {unit * p95(e[name]):.2f}" for e in taken
        ]
        growth = statistics.median(taken[-1][name]) / statistics.median(taken[0][name])
        print(f"{name:44}" + "".join(f"{cell:>18}" for cell in cells) + f"{growth:8.2f} x")
    last, first = taken[-1], taken[0]
    misses = [
        name
        for name in WAITED_FOR
        if statistics.median(last[name]) > min(WAIT, GROWTH * statistics.median(first[name]))
    ]
    misses += [SEARCHED] * (p95(last[SEARCHED]) > SEARCH)
    misses += [KERNEL] * (last[KERNEL][0] - first[KERNEL][0] > MEMORY)
    misses += [JOURNAL] * (statistics.median(last[JOURNAL]) > SENT[store])
    print(f"{store}: over budget: {', '.join(misses) or 'nothing'}; {stub.loads()}", flush=True)
    return not misses


def p95(values: list[float]) -> float:
    """Nineteen of twenty are below it."""
    return sorted(values)[max(0, -(-95 * len(values) // 100) - 1)]


def library_of(place: Place, sizes: list[int], server: PostgreSQL | None) -> bool:
    """Grow a library from one size to the next, and measure each."""
    taken, before = [], 0
    with stub.notebook() as at:
        os.environ.update(place.environment)
        at.set(shortest=0.0, longest=0.0, failing=12, clip_bytes=400)
        for size in sizes:
            print(f"{place.name}: {grow(at, before, size)}", flush=True)
            before = size
            if server is not None:
                # As the server itself does within some minutes, and nobody makes 5,000 in less.
                server.admin("VACUUM ANALYZE", place.address.rpartition("/")[2])
            taken.append(json.loads(said(child(Path(__file__).name, "measure", size))))
    for name in place.environment:
        del os.environ[name]
    return report(place.name, sizes, taken)


def main(arguments: list[str]) -> int:
    """Measure; 1 when over budget."""
    sizes = [int(one) for one in arguments if one.isdigit()] or list(SIZES)
    stores = [one for one in arguments if not one.isdigit()] or list(SENT)
    good = []
    with contextlib.ExitStack() as servers:
        for store in stores:
            place, server = SQLITE, None
            if store != "SQLite":
                server = servers.enter_context(PostgreSQL(durable=True))
                place = postgresql_place(server)
            good.append(library_of(place, sizes, server))
    return int(not all(good))


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        sys.exit(main(sys.argv[1:]))
