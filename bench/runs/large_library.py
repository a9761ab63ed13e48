"""What waits for the journal, with 20, 3,000 and, as an outlook, 20,000 finished runs in it.

Budget: a change of the prompt in a Studio takes with 3,000 runs at most 2 x the time with 20, by
the minimum. The rest is printed.
"""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import sys
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import stub

import wiro_widgets as ww
from tests.client.fake_task import STAGES
from tests.runs.helpers import picture
from wiro_widgets.library.formats import pico
from wiro_widgets.library.journal import Journal
from wiro_widgets.library.leases import new_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wiro_widgets.library.request import RunRequest
    from wiro_widgets.runs.session import Session

SIZES = (20, 3_000, 20_000)
REPEATS = 15
BUDGET = 2.0
PICTURES = [picture(red) for red in range(10, 90, 10)]
WORDS = ("a", "gull", "lifts", "off", "over", "surf", "slowly", "as", "the", "sun", "comes", "up")
MOVES = ("[Push in]", "[Pan left]", "[Tracking shot]", "[Static shot]")


def prompt(number: int) -> str:
    """As people write them: several runs each, some 130 characters."""
    dice = random.Random(number // 4)
    return f"{' '.join(dice.choices(WORDS, k=24))}, {dice.choice(MOVES)}".capitalize()


def request(session: Session, number: int) -> RunRequest:
    """The request of a run that is in the journal if `number` is below its size."""
    return session.request(
        prompt(number),
        model=stub.MODEL,
        image=session.store_input(PICTURES[number % len(PICTURES)], "image"),
        parameters={"seed": number, "resolution": ("768P", "1080P")[number % 2]},
    )


def row(number: int, asked: RunRequest, session: Session) -> dict[str, Any]:
    """A run as it ended: most with a clip, one in twelve failed, one in fifty not settled."""
    created = time.time() - 3e6 + 60 * number
    failed, unsettled = number % 12 == 5, number % 50 == 7
    marks = {stage: created + 4 * at for at, stage in enumerate(STAGES)}
    cost = None if unsettled else Decimal(0) if failed else Decimal("0.28")
    clip = session.library.clips / f"{number + 1:04d}-a-gull.mp4"
    output = {
        "name": "0.mp4",
        "content_type": "video/mp4",
        "size": 4096,
        "url": f"https://cdn.example/{number}/0.mp4",
        "id": f"{number:032x}",
    }
    problem = {"kind": "TaskFailed", "title": "The model could not make this clip"}
    problem |= {"detail": "Out of memory", "spent": "no", "remedy": "Send it again."}
    if not failed:
        clip.write_bytes(b"clip")
    return {
        "fingerprint": asked.fingerprint(),
        "service": session.service,
        "request": asked.to_json(session.library.directory),
        "created": created,
        "status": "failed" if failed else "succeeded",
        "intent": f"{number:032x}",
        "sent_at": created + 1,
        "task_id": str(number),
        "token": f"token{number:027}",
        "model": asked.model,
        "prompt": asked.prompt,
        "cost": None if cost is None else str(cost),
        "cost_e12": pico(cost),
        "unsettled": unsettled,
        "ended": created + 45,
        "seconds": None if failed else 30 + number % 17,
        "problem": json.dumps(problem) if failed else None,
        "outputs": json.dumps([] if failed else [output]),
        "files": json.dumps([] if failed else [f"clips/{clip.name}"]),
        "state": json.dumps(
            {
                "stages": marks,
                "progress": None if failed else 1.0,
                "log": [f"Processing: {line:3}% of the frames of this clip" for line in range(40)],
                "log_total": 40,
            }
        ),
    }


def fill(session: Session, size: int) -> None:
    """Write finished runs into the empty library of a session."""
    folder = session.library.directory
    session.library.prompts()  # makes the file
    (folder / "clips").mkdir()
    rows = [row(number, request(session, number), session) for number in range(size)]
    names = list(rows[0])
    statement = f"INSERT INTO runs ({', '.join(names)}) VALUES (:{', :'.join(names)})"
    with closing(sqlite3.connect(folder / "journal.sqlite")) as database, database:
        database.executemany(statement, rows)


def reserving(session: Session, numbers: Any) -> Callable[[], object]:
    """Write a new run down, as the first half of `ww.run`."""
    journal, owner = Journal(session.library.directory), new_owner()

    def reserve() -> object:
        asked = request(session, next(numbers))
        return journal.reserve(asked, session.service, owner, fresh=False)

    return reserve


def measured(call: Callable[[], object]) -> list[float]:
    """The seconds of each repeat; the first, which fills caches, is left out."""
    taken = []
    for _ in range(REPEATS + 1):
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return taken[1:]


def measure(folder: str, size: int) -> dict[str, list[float]]:
    """Each of the things that a person, or a widget, does with a library."""
    with ww.connect(directory=folder) as session:
        fill(session, size)
    taken = {"ww.connect()": measured(lambda: ww.connect(directory=folder).close())}
    with ww.connect(directory=folder) as session:
        library, service = session.library, session.service
        asked = request(session, size // 2)
        steps: Mapping[str, Callable[[], object]] = {
            "library.find": lambda: library.find(asked, service),
            "library.spent": lambda: library.spent(service),
            "library.prompts": lambda: library.prompts(100),
            "library.recent_models": lambda: library.recent_models(service),
            "library.typical_seconds": lambda: library.typical_seconds(
                asked.model, asked.parameters, service
            ),
            "ww.history(), shown": lambda: repr(ww.history()),
            'ww.history(text="gull"), shown': lambda: repr(ww.history(text="gull")),
            "ww.run of a recorded one": lambda: session.submit(asked),
            "Studio()": lambda: ww.Studio().close(),
        }
        taken |= {name: measured(step) for name, step in steps.items()}
        studio, keys = ww.Studio(prompt(size // 2), model=stub.MODEL), itertools.count()

        def type_on() -> None:
            studio.prompt = f"{prompt(size // 2)} {next(keys)}"

        taken["a change of Studio.prompt"] = measured(type_on)
        studio.close()
        # Last, since it adds runs.
        taken["reserving a new run"] = measured(reserving(session, itertools.count(size)))
    return taken


def main() -> int:
    """Measure; 1 when over budget."""
    with stub.notebook():
        taken = [measure(f"library-{size}", size) for size in SIZES]
    print(f"{'median (min) in ms':32}" + "".join(f"{size:>18,}" for size in SIZES) + "   ratio")
    for name in taken[0]:
        cells = [stub.summary(each[name]) for each in taken]
        ratio = min(taken[1][name]) / min(taken[0][name])
        print(f"{name:32}" + "".join(f"{cell:>18}" for cell in cells) + f"{ratio:8.1f}")
    least = [min(each["a change of Studio.prompt"]) for each in taken]
    print(f"ratio: {SIZES[1]:,} to {SIZES[0]} runs by the minimum; budget {BUDGET} for the prompt")
    print(stub.loads())
    return int(least[1] > BUDGET * least[0])


if __name__ == "__main__":
    sys.exit(main())
