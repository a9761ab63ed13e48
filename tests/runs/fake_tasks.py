"""What the fake service keeps: the Runs that arrived, and the tasks they became."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.client.fake_task import FakeTask
from tests.runs.clips import as_text

if TYPE_CHECKING:
    from tests.client.wire import Exchange


@dataclass
class Paid:
    """A Run that arrived whole: what it would cost money for."""

    model: str
    parameters: dict[str, str]
    """Values as text."""
    inputs: dict[str, list[str]]
    """SHA-256 of each uploaded file, or the URL."""
    at: float
    task: LifeTask | None = None
    """What became of it; None when it was not accepted."""

    @property
    def key(self) -> str:
        """Equal for requests that ask for the same."""
        return json.dumps([self.model, self.parameters, self.inputs], sort_keys=True)


@dataclass
class LifeTask(FakeTask):
    """A task with what it was asked for."""

    model: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    """As the service tells them: text, and URLs of the files."""
    paid: Paid | None = None
    more: list[bytes] = field(default_factory=list)
    """Outputs it will have beside its clip."""
    cost: str | None = "0"  # type: ignore[assignment]
    """None while the charge is open."""
    list_price: str | None = None
    """What it would have cost without a discount; None tells nothing of it."""

    def detail(self) -> dict[str, Any]:
        owner, _, project = self.model.partition("/")
        return {
            **super().detail(),
            **({} if self.list_price is None else {"listprice": self.list_price}),
            "totalcost": self.cost,
            "modelslugowner": owner,
            "modelslugproject": project,
            "parameters": self.parameters,
        }


def read_run(exchange: Exchange) -> tuple[dict[str, str], dict[str, list[bytes | str]]]:
    """The values as text, and the files of a Run, which is JSON or multipart."""
    kind = exchange.headers.get("content-type", "")
    values: dict[str, str] = {}
    files: dict[str, list[bytes | str]] = {}
    if kind.startswith("application/json"):
        for name, value in exchange.json().items():
            if isinstance(value, list):
                files[name] = list(value)
            else:
                values[name] = as_text(value)
        return values, files
    boundary = re.search(r'boundary="?([^";]+)', kind)
    assert boundary, kind
    for part in exchange.body().split(b"--" + boundary[1].encode())[1:-1]:
        head, _, content = part[2:-2].partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        assert name, head
        if b"filename=" in head:
            files.setdefault(name[1].decode(), []).append(content)
        elif name[1] == b"inputImage":
            files.setdefault("inputImage", []).append(content.decode())
        else:
            values[name[1].decode()] = content.decode()
    return values, files
