"""The views of one run: they follow it, say what can be done about it, and send its clips."""

from __future__ import annotations

import time
import weakref
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets

from wiro_widgets.library.estimates import cost_text
from wiro_widgets.library.ratings import Judgment
from wiro_widgets.library.records import STATUS_WORDS
from wiro_widgets.terminal import for_terminal
from wiro_widgets.widgets.base import LiveWidget, Refused, handles, ok
from wiro_widgets.widgets.given import as_run
from wiro_widgets.widgets.posters import Poster
from wiro_widgets.widgets.protocol.runs import (
    ChooseMessage,
    LookAgainMessage,
    ProgressMessage,
    RunFacts,
    RunStanding,
    RunTail,
    StopMessage,
)
from wiro_widgets.widgets.run_actions import RunActions
from wiro_widgets.widgets.transfers import MediaMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wiro_widgets.widgets.protocol.common import OkMessage
    from wiro_widgets.widgets.run_protocols import RunLike


class RunWidget(LiveWidget, RunActions, MediaMixin):
    """A view of one run."""

    run: Any = traitlets.Any(None, help="The run that is shown; None for none")

    _facts = traitlets.Dict().tag(sync=True)
    _standing = traitlets.Dict().tag(sync=True)
    # It weighs more than all the rest of a run, and is often that of other runs too.
    _poster = anywidget.WidgetTrait().tag(sync=True)

    _draws: ClassVar[frozenset[str]] = frozenset({"poster", "progress"})
    """What the view draws besides; the rest is not sent to it."""

    def __init__(self, run: RunLike | None = None, **traits: Any) -> None:
        super().__init__(run=run, **traits)

    def close(self) -> None:
        """Close the widget and stop listening to the run; again, it does nothing."""
        if self.run is not None and self.comm is not None:
            self.run.unobserve(self._show_run, "snapshot")
        if self.comm is not None:
            with self._live_lock:
                self._show_poster(None)
        super().close()

    @traitlets.validate("run")
    def _is_a_run(self, proposal: Any) -> RunLike | None:
        return as_run(proposal["value"], type(self).__name__)

    @traitlets.observe("run")
    def _follow(self, change: Any) -> None:
        if change["old"] is not None:
            change["old"].unobserve(self._show_run, "snapshot")
        if change["new"] is not None:
            change["new"].observe(self._show_run, "snapshot")
        self._show_run(None)

    def _show_run(self, _: object) -> None:
        try:
            with self._live_lock:
                # Read here: of two threads, the later one then shows the newer state.
                self._show(self.run.snapshot if self.run is not None else {})
        except Exception as error:  # noqa: BLE001 - the run's thread must go on
            self._report(error)

    def _show(self, snapshot: Mapping[str, Any]) -> None:
        """Send what is new in a snapshot; an empty one shows no run."""
        same_run = self._facts.get("key") == snapshot.get("key")
        standing = _part(snapshot, RunStanding)
        facts = _part(snapshot, RunFacts)
        if snapshot:
            standing |= _verdict_of(self.run)
            facts["usual"] = self._usual(snapshot)
        if {**standing, "now": None} != {**self._standing, "now": None}:
            self._standing = standing
        if "poster" in self._draws:
            self._show_poster(snapshot.get("poster"))
        if "progress" in self._draws:
            self._show_progress(snapshot, same_run=same_run)
        # Last: until their keys agree, the browser shows what it has.
        self._facts = facts

    def _usual(self, snapshot: Mapping[str, Any]) -> list[float]:
        """How long such runs take; asked once for each run, and not for one that is over."""
        known: list[float] | None = self._facts.get("usual")
        if known is not None and self._facts["key"] == snapshot["key"]:
            return known
        library = getattr(self.run, "library", None)
        if library is None or snapshot["over"]:
            return []
        request = self.run.request
        span = library.typical_seconds(request.model, request.parameters, snapshot["service"])
        return list(span or ())

    def _show_poster(self, url: str | None) -> None:
        shown: Poster | None = self._poster
        if url == (shown.url if shown else None):
            return
        self._poster = Poster.of(url) if url else None
        if shown is not None:
            shown.release()

    def _show_progress(self, snapshot: Mapping[str, Any], *, same_run: bool) -> None:
        tail = {name: value for name, value in self._live.items() if name != "revision"}
        now = {name: each for name, each in _part(snapshot, RunTail).items() if name != "revision"}
        if now == tail:
            return
        lines = _new_lines(tail, now) if same_run and tail and now else None
        if lines is None:
            self._send_whole(now)
        else:
            news = ProgressMessage(
                type="progress",
                revision=0,
                progress=now["progress"],
                lines=lines,
                log_total=now["log_total"],
            )
            self._send_change(now, news)

    def get_state(self, *names: Any, **more: Any) -> dict[str, Any]:
        """The traits as they are sent; the kernel's clock is read now."""
        state: dict[str, Any] = super().get_state(*names, **more)
        if state.get("_standing"):
            state["_standing"] = {**state["_standing"], "now": time.time()}
        return state

    def _shown(self) -> RunLike:
        run: RunLike | None = self.run
        if run is None:
            raise Refused("No run is shown here any more.")
        return run

    def _run_for(self, key: str) -> Any:
        run = self._shown()
        if key != self._facts.get("key"):
            raise Refused("Another run is shown here now. Nothing was done.")
        return run

    def _show_judged(self, run: Any) -> None:  # noqa: ARG002 - this view has one run
        self._show_run(None)

    def _show_new(self, run: Any) -> None:
        self.run = run

    @handles(StopMessage)
    def _stop(self, message: StopMessage) -> OkMessage:
        self._shown().stop()
        return ok(message)

    @handles(LookAgainMessage)
    def _look_again(self, message: LookAgainMessage) -> OkMessage:
        self._shown().look_again()
        return ok(message)

    @handles(ChooseMessage)
    def _choose(self, message: ChooseMessage) -> OkMessage:
        self._shown().choose(message["task_id"])
        return ok(message)

    def _media(self, run: str, index: int) -> Path | bytes | None:  # noqa: ARG002
        shown: RunLike | None = self.run
        return None if shown is None else shown.clip_path(index)

    def _bring(self, run: str, then: Callable[[BaseException | None], None]) -> bool:  # noqa: ARG002
        shown: RunLike | None = self.run
        return shown is not None and shown.bring(then)

    def __repr__(self) -> str:
        return for_terminal(f"{type(self).__name__}: {self._status_line()}")

    def _status_line(self) -> str:
        """The run in a line of text, for where no browser draws the widget."""
        return status_line({**self._facts, **self._standing, **self._live})


class RunView(RunWidget):
    """The timeline and the clip of one run, with what was asked for; how a `Run` shows itself.

    Args:
        run: What to show; may be replaced later by setting `run`, None shows an empty place.

    Raises:
        InputError: It is no run.

    Example:
        >>> RunView(ww.run("The gull lifts off", image="beach.jpg"))
    """

    _view = traitlets.Unicode("run_view").tag(sync=True)

    def __repr__(self) -> str:
        return for_terminal(self._status_line())


class StatusTimeline(RunWidget):
    """Every stage of a run as one bar, its times ticking in the browser, its log, a Stop button.

    It changes while a cell is busy, since the run is followed on another thread.

    Args:
        run: What to show; may be replaced later by setting `run`.

    Raises:
        InputError: It is no run.

    Example:
        >>> StatusTimeline(ww.run("The gull lifts off", image="beach.jpg"))
    """

    _view = traitlets.Unicode("timeline").tag(sync=True)
    _draws = frozenset({"progress"})


def _verdict_of(run: Any) -> dict[str, Any]:
    """What a person thinks of a run; nothing yet of one that no library keeps."""
    judgment = getattr(run, "judgment", None) or Judgment()
    return {"starred": judgment.starred, "rating": judgment.rating}


def _part(snapshot: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    """What one of the parts of a snapshot holds."""
    return {name: snapshot[name] for name in kind.__annotations__ if name in snapshot}


def _new_lines(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str] | None:
    """The log lines that were not there before; None when `now` does not go on from `before`."""
    count = now["log_total"] - before["log_total"]
    logs: list[str] = now["logs"]
    if not 0 <= count <= len(logs):
        return None
    kept = logs[: len(logs) - count]
    # The service's own log may replace what was heard line by line.
    return logs[len(kept) :] if before["logs"][-len(kept) :][: len(kept)] == kept else None


def status_line(snapshot: Mapping[str, Any]) -> str:
    """A run in a line, such as "Run 12 · minimax/hailuo-2.3-fast · done after 3:20 · $0.19".

    Args:
        snapshot: A `RunSnapshot`; an empty one gives "no run".
    """
    if not snapshot:
        return "no run"
    until = snapshot["ended"] or snapshot["now"]
    minutes, seconds = divmod(max(0, int(until - snapshot["created"])), 60)
    words = [
        snapshot["name"],
        snapshot["model"],
        f"{STATUS_WORDS[snapshot['status']]} after {minutes}:{seconds:02}",
    ]
    if snapshot["status"] == "running" and snapshot.get("progress") is not None:
        words.append(f"{snapshot['progress']:.0%}")
    if snapshot["problem"] is not None:
        words.append(snapshot["problem"]["title"])
    if snapshot["cost"] is not None:
        words.append(cost_text(Decimal(snapshot["cost"]), snapshot["service"]))
    elif snapshot["unsettled"]:
        words.append("cost not settled yet")
    words.append(snapshot["service"])
    return " · ".join(words)


# A view holds its run, so an id is not used again while its view is here.
_views: weakref.WeakValueDictionary[int, RunView] = weakref.WeakValueDictionary()


def display_of(run: RunLike) -> dict[str, Any]:
    """The MIME bundle of a run's view: one model per run, however often it is displayed.

    Args:
        run: What to show.
    """
    view = _views.get(id(run))
    # A view that was used to send its run again shows the new one.
    if view is None or view.comm is None or view.run is not run:
        view = _views[id(run)] = RunView(run)
    bundle = view._repr_mimebundle_()
    return dict(bundle[0]) if bundle else {"text/plain": repr(view)}
