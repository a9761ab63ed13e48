"""One task: its stages, what is stored of it, and how ``Task/Detail`` shows it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from .catalog.wire import dynamic_price
from .scenarios import Scenarios, scenarios_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .catalog.models import Model
    from .files import FileStore, Media
    from .messages import JSON


class Status:
    """The statuses of a task, in order; the socket sends them as types of frames."""

    QUEUE = "task_queue"
    ACCEPT = "task_accept"
    PREPROCESS_START = "task_preprocess_start"
    PREPROCESS_END = "task_preprocess_end"
    ASSIGN = "task_assign"
    START = "task_start"
    OUTPUT = "task_output"
    ERROR = "task_error"
    OUTPUT_FULL = "task_output_full"
    ERROR_FULL = "task_error_full"
    END = "task_end"
    POSTPROCESS_START = "task_postprocess_start"
    POSTPROCESS_END = "task_postprocess_end"
    CANCEL = "task_cancel"


TERMINAL = frozenset({Status.POSTPROCESS_END, Status.CANCEL})
RUNNING = frozenset({Status.START, Status.OUTPUT, Status.ERROR})
CANCELLABLE = frozenset(
    {Status.QUEUE, Status.ACCEPT, Status.PREPROCESS_START, Status.PREPROCESS_END}
)
"""Where Task/Cancel works: until a slot is assigned."""
KILLABLE = RUNNING | {Status.ASSIGN}


@dataclass(frozen=True)
class Stage:
    """One stage of a task.

    Attributes:
        status: The status text.
        field: The task's field for the time the stage began; empty if it has none.
        seconds: How long it lasts at the service's pace.
    """

    status: str
    field: str
    seconds: float


STAGES = (
    Stage(Status.QUEUE, "createtime", 20),
    Stage(Status.ACCEPT, "accepttime", 2),
    Stage(Status.PREPROCESS_START, "preprocessstarttime", 6),
    Stage(Status.PREPROCESS_END, "preprocessendtime", 2),
    Stage(Status.ASSIGN, "assigntime", 8),
    Stage(Status.START, "starttime", 140),
    Stage(Status.OUTPUT_FULL, "", 1),
    Stage(Status.END, "endtime", 1),
    Stage(Status.POSTPROCESS_START, "postprocessstarttime", 20),
    Stage(Status.POSTPROCESS_END, "postprocessendtime", 0),
)
"""About 200 s in all, as the page of hailuo-2.3 says."""
TIME_FIELDS = tuple(stage.field for stage in STAGES if stage.field)


@dataclass
class Task:
    """Everything known about one accepted Run; all of it survives a restart."""

    id: int
    socketaccesstoken: str = field(repr=False)
    uuid: str
    projectid: str
    slug: str
    values: dict[str, Any]
    """Validated parameters that are not files."""
    files: dict[str, list[str]]
    """File parameters: ids of stored files, or the URLs that were sent."""
    callbackurl: str
    times: dict[str, float]
    """Unix seconds, with fractions, by the wire's field names."""
    status: str = Status.QUEUE
    pexit: str = ""
    debugoutput: str = ""
    debugerror: str = ""
    outputs: list[str] = field(default_factory=list)
    """Ids of stored files."""
    answer: str | None = None
    """What a language model said, in place of a file."""
    totalcost: str | None = "0"
    """US dollars; ``None`` while the charge for a killed task is open."""
    outputfolderid: str = ""
    listcost: str = ""
    """US dollars before a discount; empty where there is none."""
    runkey: str = ""
    """The value of the field that stands for this task; empty where there is none."""
    sent: dict[str, Any] = field(default_factory=dict)
    """Parameters that are not files, as the request had them: text from a form, JSON as JSON."""

    @classmethod
    def from_json(cls, body: JSON) -> Task:
        """The task that ``to_json`` wrote; members of other versions are ignored."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in body.items() if name in known})

    def to_json(self) -> JSON:
        """The task as it is stored."""
        return asdict(self)

    @property
    def scenarios(self) -> Scenarios:
        """The test phrases of its prompt."""
        return scenarios_in(str(self.values.get("prompt", "")))

    @property
    def is_over(self) -> bool:
        """Whether its status is final."""
        return self.status in TERMINAL

    @property
    def elapsed(self) -> float:
        """Billed seconds: from acceptance to the end of the process, or to its kill."""
        end = self.times.get("endtime", 0)
        if not end and "starttime" in self.times:
            end = self.times.get("canceltime", 0)
        return max(0.0, math.floor(end) - math.floor(self.times.get("accepttime", 0)))

    def wire(self, model: Model | None, files: FileStore, base: str) -> JSON:
        """The service's task object: scalars are text, with a few exceptions.

        Args:
            model: Its model; ``None`` when the catalogue no longer has it.
            files: Where its files are.
            base: The server's address, to make URLs of paths.
        """
        media = [found for name in self.outputs if (found := files.get(name))]
        outputs = self.shown_outputs(media, base)
        times = {name: str(int(self.times.get(name, 0))) for name in TIME_FIELDS}
        return {
            "id": str(self.id),
            "uuid": self.uuid,
            "name": "",
            "socketaccesstoken": self.socketaccesstoken,
            "parameters": self._parameters(files, base),
            "debugoutput": self.debugoutput,
            "debugerror": self.debugerror,
            **times,
            "canceltime": str(int(self.times.get("canceltime", 0))),
            "elapsedseconds": f"{self.elapsed:.4f}",
            "status": self.status,
            "cps": f"{model.cps if model else 0:.12f}",
            "totalcost": self.totalcost,
            **({"listcost": self.listcost} if self.listcost else {}),
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
            "outputs": outputs,
            "outputfolderid": self.outputfolderid,
            "size": str(sum(one.size for one in media)),
            "estimatedvram": "0.0000",
            "realvram": "[]",
            "isapp": False,
            "slugapp": "",
            "dynamicprice": dynamic_price(model) if model else "",
            "modeldescription": model.description if model else "",
            "modelslugowner": model.owner if model else self.slug.split("/")[0],
            "modelslugproject": model.project if model else self.slug.split("/")[-1],
        }

    def shown_outputs(self, media: Iterable[Media], base: str) -> list[JSON]:
        """The outputs: files with their URLs, and what a language model said without one."""
        shown = [one.wire(base) for one in media]
        if self.answer is not None:
            prompt = str(self.values.get("prompt", ""))
            content = {
                "prompt": prompt,
                "raw": self.answer,
                "thinking": [],
                "answer": [self.answer],
            }
            shown.append({"contenttype": "raw", "content": content})
        return shown

    def _parameters(self, files: FileStore, base: str) -> JSON:
        """The inputs: values as sent, one file as its URL, several as a list of URLs."""
        shown: JSON = dict(self.sent)
        for name, references in self.files.items():
            urls = [
                base + media.path if (media := files.get(reference)) else reference
                for reference in references
            ]
            shown[name] = urls[0] if len(urls) == 1 else urls
        return shown
