"""What every widget here shares: its built front end, visible errors, and typed messages."""

from __future__ import annotations

import functools
import logging
import threading
import types
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import anywidget
import traitlets

from wiro_widgets.errors import WiroError
from wiro_widgets.schema.parsing import clean_text
from wiro_widgets.widgets.front_end import FrontEnd, SavedWhole, read_static
from wiro_widgets.widgets.protocol.common import (
    CodeMessage,
    ErrorMessage,
    FrontEndMessage,
    OkMessage,
    ResendMessage,
)
from wiro_widgets.widgets.wire import sendable, too_much

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wiro_widgets.widgets.protocol.common import Request

_LONGEST_ID = 200
_logger = logging.getLogger("wiro_widgets.widgets")
_Handler = TypeVar("_Handler", bound="Callable[..., object]")


class Refused(ValueError):  # noqa: N818 - reads as what happened
    """A request that is answered with a sentence; nothing is wrong with the widget."""


class _Handling(NamedTuple):
    """How one type of message is handled."""

    message: type[Any]
    name: str
    """Of the method, so that a subclass may override it."""
    binary: bool


def handles(*messages: type[Any], binary: bool = False) -> Callable[[_Handler], _Handler]:
    """Declare that a method of a `WiroWidget` handles requests of some types.

    The method is called with the request, checked against the type, and may return a reply, or a
    reply and its binary buffer; without either, nothing is sent.

    Args:
        *messages: The types: each a `Request` of `wiro_widgets.widgets.protocol`.
        binary: The request comes with one buffer, which is the method's second argument.
    """

    def declare(method: _Handler) -> _Handler:
        declared = [_Handling(message, method.__name__, binary) for message in messages]
        method.__dict__["wiro_handles"] = declared
        return method

    return declare


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


class WiroWidget(SavedWhole):
    """A widget whose errors are visible and whose requests are always answered.

    An exception in a message handler or an observer would only reach the host's console; here
    it is in `error` and in the view.

    Traits are set one at a time and never under a lock of this class: observers may call anything.

    Whoever has the page may send anything as a message or as a trait. Both are taken only within
    the bounds of `too_much`, and traits whose names begin with an underscore only if
    `_from_browser` names them: all others of that kind are the kernel's.
    """

    _esm = read_static("stub.js")

    _view = traitlets.Unicode(help="Which view of the front end draws this").tag(sync=True)
    _front_end = anywidget.WidgetTrait().tag(sync=True)
    error = traitlets.Unicode(None, allow_none=True, help="What went wrong here").tag(sync=True)

    _handlers: ClassVar[Mapping[str, _Handling]] = {}
    _from_browser: ClassVar[frozenset[str]] = frozenset()

    @traitlets.default("_dom_classes")
    def _without_mathematics(self) -> tuple[str, ...]:
        # Hosts would typeset what stands between two dollar signs.
        return ("tex2jax_ignore", "mathjax_ignore")

    @traitlets.default("_front_end")
    def _current_front_end(self) -> FrontEnd:
        return FrontEnd.current()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        handlers: dict[str, _Handling] = {}
        for value in (each for base in reversed(cls.__mro__) for each in vars(base).values()):
            for handling in getattr(value, "wiro_handles", ()):
                handlers |= dict.fromkeys(get_args(_hints(handling.message)["type"]), handling)
        cls._handlers = handlers

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.on_msg(self._receive)

    def _receive(self, _: object, content: Any, buffers: Sequence[memoryview]) -> None:
        """Handle what the browser sends; what is no request, or of no known type, is ignored."""
        if not isinstance(content, dict) or not isinstance(content.get("id"), str):
            return
        if len(content["id"]) > _LONGEST_ID:
            return
        handling = self._handlers.get(str(content.get("type")))
        if handling is None:
            return
        request: str = content["id"]
        try:
            if problem := too_much(content):
                raise Refused(problem)  # noqa: TRY301 - answered as every refusal is
            understood = matches(content, handling.message) and len(buffers) == handling.binary
            handler = getattr(self, handling.name) if understood else _misunderstood
            reply: Any = handler(content, *buffers)
        except Refused as refused:
            reply = ErrorMessage(id=request, type="error", message=str(refused))
        except Exception as error:  # noqa: BLE001 - every request gets an answer
            reply = ErrorMessage(id=request, type="error", message=self._report(error))
        if isinstance(reply, tuple):
            self.send(reply[0], buffers=[reply[1]])
        elif reply is not None:
            self.send(reply)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take traits from the browser, as far as they are its to set."""
        if problem := too_much(sync_data):
            self.error = problem
            return
        super().set_state(self._taken(sync_data))

    def _taken(self, traits: dict[str, Any]) -> dict[str, Any]:
        """Those of some traits from the browser that are set as they come."""
        return {
            name: value
            for name, value in traits.items()
            if not name.startswith("_") or name in {*self._from_browser, "_view_count"}
        }

    def send(self, content: Any, buffers: Sequence[Any] | None = None) -> None:
        """Send a message to the browser."""
        super().send(sendable(content), buffers)

    @staticmethod
    def _trait_to_json(x: Any, _: object) -> Any:
        return sendable(x)

    @handles(FrontEndMessage)
    def _send_front_end(self, message: FrontEndMessage) -> tuple[CodeMessage, bytes]:
        return CodeMessage(id=message["id"], type="code"), FrontEnd.code()

    def _report(self, error: Exception) -> str:
        """Log an error, show it, and return what is shown."""
        _logger.error("%s failed", type(self).__name__, exc_info=error)
        # Our own errors are sentences for the person; others need their name to be looked up.
        text = str(error) if isinstance(error, WiroError) else f"{type(error).__name__}: {error}"
        self.error = clean_text(text)
        return self.error


class LiveWidget(WiroWidget):
    """A widget that sends only what is new of its trait `_live`.

    `_live` is whole in saved notebooks and after a reload of the page. A change of it is a
    `Change` message, which the browser merges into its own copy; one that misses a message asks
    for the whole.

    Runs report on several threads. Reading a run and sending what is new of it is done under
    `_live_lock`, so that an older state never replaces a newer one; it is held for that alone,
    and nobody observes what is written under it.
    """

    _live: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._live_lock = threading.RLock()
        super().__init__(**traits)

    def _should_send_property(self, key: str, value: Any) -> bool:
        return key != "_live" and bool(super()._should_send_property(key, value))

    def _send_whole(self, live: Mapping[str, Any]) -> None:
        """Replace `_live` and send all of it."""
        self._live = {**live, "revision": self._live.get("revision", 0) + 1}
        self.send_state("_live")

    def _send_change(self, live: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        """Replace `_live` and send `change`, which makes the new one out of the old one."""
        revision = self._live.get("revision", 0) + 1
        self._live = {**live, "revision": revision}
        self.send({**change, "revision": revision})

    @handles(ResendMessage)
    def _resend(self, _: ResendMessage) -> None:
        with self._live_lock:
            self.send_state("_live")


def ok(request: Request) -> OkMessage:
    """The reply that a request was done."""
    return OkMessage(id=request["id"], type="ok")


def _misunderstood(*_: object) -> None:
    raise Refused("The kernel does not understand this page. Reload it, or run the cell again.")


def matches(value: object, kind: Any) -> bool:
    """Whether a value from the browser is of a type that a protocol module states.

    Args:
        value: Anything JSON can say.
        kind: A TypedDict, or the type of a field of one.
    """
    if is_typeddict(kind):
        return _has_fields(value, kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin in {Union, types.UnionType}:
        return any(matches(value, each) for each in arguments)
    if origin is list:
        return isinstance(value, list) and all(matches(each, arguments[0]) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            isinstance(name, str) and matches(each, arguments[1]) for name, each in value.items()
        )
    # True is a number to Python and to nobody else.
    known: Any = {float: (int, float), Any: object}.get(kind, kind)
    return isinstance(value, known) and not (kind in {int, float} and isinstance(value, bool))


def _has_fields(value: object, kind: Any) -> bool:
    hints = _hints(kind)
    return (
        isinstance(value, dict)
        and kind.__required_keys__ <= value.keys() <= hints.keys()
        and all(matches(each, hints[name]) for name, each in value.items())
    )
