"""One task as the sandbox keeps it, and as ``Task/Detail`` shows it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from . import stages
from .catalog.spelling import dynamic_price
from .trials import Trials, trials_in

if TYPE_CHECKING:
    from .catalog.model import Model
    from .envelope import JSON
    from .media import MediaShelf


@dataclass
class Task:
    """Everything known about one accepted Run; all of it survives a restart."""

    id: int
    socketaccesstoken: str = field(repr=False)
    uuid: str
    projectid: str
    slug: str
    values: dict[str, Any]
    """Parameters that are not files."""
    files: dict[str, list[str]]
    """File parameters: ids of kept media, or the URLs that were given."""
    callbackurl: str
    times: dict[str, float]
    """Unix seconds, with fractions, by the wire's field names."""
    status: str = stages.QUEUE
    pexit: str = ""
    debugoutput: str = ""
    debugerror: str = ""
    outputs: list[str] = field(default_factory=list)
    """Ids of kept media."""
    totalcost: str = "0"
    outputfolderid: str = ""

    @classmethod
    def from_json(cls, body: JSON) -> Task:
        """The task that ``to_json`` wrote; members of other versions are dropped."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in body.items() if name in known})

    def to_json(self) -> JSON:
        """The task as it is written down."""
        return asdict(self)

    @property
    def trials(self) -> Trials:
        """The test phrases of its prompt."""
        return trials_in(str(self.values.get("prompt", "")))

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.status in stages.TERMINAL

    @property
    def elapsed(self) -> float:
        """Billed seconds: from acceptance to the end of the process."""
        end, begin = self.times.get("endtime", 0), self.times.get("accepttime", 0)
        return max(0.0, math.floor(end) - math.floor(begin)) if end else 0.0

    def wire(self, model: Model | None, shelf: MediaShelf, base: str) -> JSON:
        """The task object of the service: scalars as text, a few exceptions included.

        Args:
            model: Its model; ``None`` when the catalogue no longer has it.
            shelf: Where its files are.
            base: The server's address, to make URLs of paths.
        """
        outputs = [media for name in self.outputs if (media := shelf.get(name))]
        times = {name: str(int(self.times.get(name, 0))) for name in stages.TIME_FIELDS}
        return {
            "id": str(self.id),
            "uuid": self.uuid,
            "name": "",
            "socketaccesstoken": self.socketaccesstoken,
            "parameters": self._parameters(shelf, base),
            "debugoutput": self.debugoutput,
            "debugerror": self.debugerror,
            **times,
            "canceltime": str(int(self.times.get("canceltime", 0))),
            "elapsedseconds": f"{self.elapsed:.4f}",
            "status": self.status,
            "cps": f"{model.cps if model else 0:.12f}",
            "totalcost": self.totalcost,
            "guestid": "",
            "projectid": self.projectid,
            "modelid": str(model.id if model else 0),
            "description": "",
            "basemodelid": "0",
            "runtype": "model",
            "modelfolderid": "",
            "modelfileid": "",
            "callbackurl": self.callbackurl,
            "marketplaceid": "",
            "pexit": self.pexit,
            "categories": list(model.categories) if model else [],
            "outputs": [media.wire(base) for media in outputs],
            "outputfolderid": self.outputfolderid,
            "size": str(sum(media.size for media in outputs)),
            "estimatedvram": "0.0000",
            "realvram": "[]",
            "isapp": False,
            "slugapp": "",
            "dynamicprice": dynamic_price(model) if model else "",
            "modeldescription": model.description if model else "",
            "modelslugowner": model.owner if model else self.slug.split("/")[0],
            "modelslugproject": model.project if model else self.slug.split("/")[-1],
        }

    def _parameters(self, shelf: MediaShelf, base: str) -> JSON:
        """The inputs as stored: one file as its URL, several as a list of URLs."""
        shown: JSON = dict(self.values)
        for name, references in self.files.items():
            urls = [
                base + media.path if (media := shelf.get(reference)) else reference
                for reference in references
            ]
            shown[name] = urls[0] if len(urls) == 1 else urls
        return shown
