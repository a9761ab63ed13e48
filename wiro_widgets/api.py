"""What a person types: every function of ``wiro_widgets``, with its signature once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wiro_widgets.client import Credentials, InputError
from wiro_widgets.errors import short_traceback, warn_caller
from wiro_widgets.library.estimates import price_text
from wiro_widgets.runs.credentials import (
    CredentialSource,
    from_environment,
    hides_frames,
    prompt,
)
from wiro_widgets.runs.current import (
    chosen_library,
    current_session,
    make_current,
    use_library,
)
from wiro_widgets.runs.history import History, find_runs
from wiro_widgets.runs.session import DEFAULT_MODEL, Session, open_session
from wiro_widgets.schema.values import is_blank, words_for

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path
    from types import EllipsisType

    from PIL.Image import Image

    from wiro_widgets.library.library import Library
    from wiro_widgets.media.pictures import Picture
    from wiro_widgets.runs.budget import Budget
    from wiro_widgets.runs.run import Run
    from wiro_widgets.runs.sweep import Sweep
    from wiro_widgets.widgets.grid import CompareGrid

    ImageLike: TypeAlias = str | os.PathLike[str] | bytes | Image | Picture | Any
    """An image: path, URL, bytes, file object, PIL image, array, figure, upload or `Run`."""
    Amount: TypeAlias = Decimal | float | str

_logger = logging.getLogger("wiro_widgets")


@hides_frames
@short_traceback
def connect(  # noqa: PLR0913 - keyword arguments of one call that a person types
    api_key: str | None = None,
    api_secret: str = "",
    *,
    api_url: str | None = None,
    socket_url: str | None = None,
    directory: Path | str | None = None,
    ask: bool = False,
    allow_http: bool = False,
) -> Session:
    """Choose the service for this notebook, and try the key with calls that cost nothing.

    Without arguments: the key in ``WIRO_API_KEY`` / ``WIRO_API_SECRET`` if there is one, else
    that of a ``.env`` file beside the notebook (or above it, within your own folder), which nobody
    else can write to, else the sandbox on this computer, where nothing is charged. With
    ``WIRO_SANDBOX=1`` in the environment it is the sandbox, whatever key there is.

    With what is connected already, the session stays as it is. With something else, runs of the
    earlier session go on, can be stopped and waited for, and it closes when they are over. When
    this fails, the earlier session stays.

    Args:
        api_key: Key of a project on wiro.ai.
        api_secret: Its secret; empty for a project in key-only mode.
        api_url: Another address of the API; also ``WIRO_API_URL``.
        socket_url: Another address of the socket; also ``WIRO_SOCKET_URL``.
        directory: Folder for the journal and the clips, beside the notebook unless absolute, or
            the address of a PostgreSQL; see `library`. None is the one that `library` chose, else
            that of ``WIRO_LIBRARY``, else ``wiro-runs``.
        ask: Ask for key and secret here; what is typed is not shown and not kept.
        allow_http: Also take ``http://`` and ``ws://`` addresses of other computers, to which the
            key goes unencrypted.

    Returns:
        The session, which displays what it is connected to: the sandbox, wiro.ai, or the host by
        its name. It is a context manager: at the end of ``with ww.connect():`` it is closed.

    Raises:
        CredentialsError: A secret was given without a key, nothing was typed, or the ``.env`` file
            may be another user's.
        InputError: An address is not one that requests may be sent to.
        AuthenticationError: The service does not accept the key.
        ConnectionFailed: The service could not be reached.
        SandboxUnavailableError: No key, and no sandbox could be started.
        LibraryError: The folder is relative to one that has been deleted.
    """
    if api_key is not None or api_secret:
        source: CredentialSource | None = CredentialSource(
            Credentials(api_key or "", api_secret), "your code"
        )
    else:
        source = prompt() if ask else from_environment()
    where = chosen_library() if directory is None else directory
    session = open_session(source, api_url, socket_url, where, allow_http=allow_http)
    try:
        session.check()
    except BaseException:
        session.close()
        raise
    return make_current(session)


@short_traceback
def run(
    prompt: str | None = "",
    *,
    model: str = DEFAULT_MODEL,
    image: ImageLike | None = None,
    fresh: bool = False,
    parameters: Mapping[str, Any] | None = None,
    **more: Any,
) -> Run:
    """Send a request for a clip now. Returns at once with a `Run` that displays itself live.

    The same request made again shows the recorded run and sends nothing, so "Run all" is free.
    One that failed without being charged is sent again, unless it was refused by moderation,
    which would refuse it again.

    Args:
        prompt: What should happen, up to 2,000 characters for the hailuo models. An empty one is
            refused, as it is usually a mistake; None leaves it out on purpose, for a model that
            can work from the image alone or takes no prompt.
        model: Any spelling of a model's name.
        image: First frame: path, URL, bytes, file object, PIL image, array or tensor, figure,
            upload, or a `Run`, whose clip's last frame it becomes.
        fresh: Send the request even though an equal one has been sent before.
        parameters: The same as keywords, for a parameter whose name is taken, e.g. ``image``.
        **more: Parameters by the model's own names, e.g. ``resolution="1080P"``, ``duration=6``.

    Raises:
        InputError: A field is missing, unknown or not allowed. Nothing was sent.
        NotFoundError: There is no such model.
        AuthenticationError: The service does not accept the key.
        ConnectionFailed: The service could not be reached. Nothing was sent.
        BudgetExceeded: It would pass a `budget`. Nothing was sent.
        LibraryError: The request could not be written down. Nothing was sent.

    Warns:
        PromptWarning: The model does not know a camera move in ``[brackets]``, or there are more
            of them at once than it can do. The request is sent all the same.

    Example:
        >>> ww.run("The gull lifts off", image="beach.jpg", duration=6)
    """
    session = current_session()
    try:
        request = session.request(
            prompt, model=model, image=image, parameters={**_named(parameters), **more}
        )
    except InputError as error:
        if error.field == "prompt" and is_blank(prompt) and image is not None:
            error.remedy += " To send the image alone, use prompt=None."
        raise
    warn_caller(request.warnings)
    return session.submit(request, fresh=fresh)


@hides_frames
@short_traceback
def library(where: Path | str | None = None, *, media: str | None = None) -> Library:
    """Choose where this notebook keeps its runs. Without arguments: the library in use.

    Runs that go on in the library used before are followed to their ends. What was chosen stays
    when `connect` is called again.

    Args:
        where: A folder, made when it is first used; or the address of a PostgreSQL that several
            people and machines share, ``postgresql+psycopg://user@host/database``. Also
            ``WIRO_LIBRARY``.
        media: Where clips and inputs are kept for all of them: ``s3://bucket/path``, or
            ``file:///shared/folder``. Also ``WIRO_MEDIA``. Without it a clip is on the disk of the
            computer that downloaded it, and the others fetch it from the service while that
            has it.

    Raises:
        InputError: It is no folder and no such address.
        LibraryError: It can't be reached, or it has no tables of this version; the message says
            what to run. The library in use stays.

    Example:
        >>> ww.library("autumn-campaign")
        >>> ww.library("postgresql+psycopg://wiro@db.example/wiro", media="s3://clips/wiro")
    """
    if where is None and media is None:
        return current_session().library
    return use_library(where, media).library


@short_traceback
def history(
    *, limit: int | None = 50, model: str | None = None, text: str | None = None
) -> History:
    """Your runs, newest first, from any day: a list of live `Run` that displays itself as a table.

    Args:
        limit: How many at most; None for all.
        model: Only runs of this model, by any spelling of its name.
        text: Only runs with all of these words in the prompt, the settings, the tags or the note;
            capitals and accents make no difference.

    Raises:
        InputError: The limit isn't a whole number, `model` isn't the name of a model, or
            `text` isn't text.

    Example:
        >>> ww.history(text="gull 1080P")
        >>> ww.history()[0]  # the newest run, displayed live
    """
    return find_runs(current_session(), limit=limit, model=model, text=text)


@short_traceback
def budget(
    usd: Amount | EllipsisType | None = ...,
    *,
    clips: int | EllipsisType | None = ...,
    per: Literal["all", "day"] = "all",
    allow: str | Sequence[str] | EllipsisType = ...,
) -> Budget:
    """Set a budget for this library, or see what is left. What would pass it is never sent.

    Every way to send asks: `run`, `sweep`, `compare`, the Studio, "Run again", and other notebooks
    and computers that use the same library. What a run may cost at most is reserved before it is
    sent, and counts until its cost is known. The sandbox and the live service have a budget each;
    the sandbox counts what the runs would cost.

    Args:
        usd: US dollars; None removes the limit; left out, it stays as it is.
        clips: How many runs; None removes the limit; left out, it stays as it is.
        per: What counts: "all" runs in this library, including earlier ones, or those of one
            calendar "day" of this computer. Both can be set.
        allow: The models that may run under a budget in dollars although their price can't be
            confirmed: one name, or several, which replace the ones allowed so far. They count
            against `clips`, and with what they cost once it is known.

    Returns:
        What is allowed, spent today and in all, reserved and left; displays itself as a table.

    Raises:
        InputError: Something of it is no amount, no count, no model or no period.
        LibraryError: The library could not be read or written.

    Example:
        >>> ww.budget(usd=5)
        >>> ww.budget(usd=1, clips=10, per="day")
        >>> ww.budget().left
    """
    given = {"usd": usd, "clips": clips, "allow": allow}
    budgets = current_session().budgets
    budgets.change(per, {name: each for name, each in given.items() if each is not ...})
    return budgets.now()


@short_traceback
def sweep(  # noqa: PLR0913 - keyword arguments of one call that a person types
    prompt: str | Sequence[str | None] | None,
    *,
    model: str | Sequence[str] = DEFAULT_MODEL,
    image: ImageLike | Sequence[ImageLike] | None = None,
    repeats: int = 1,
    max_cost: Amount | None = None,
    skip_impossible: bool = False,
    parameters: Mapping[str, Any] | None = None,
    **more: Any,
) -> Sweep:
    """Plan every combination of what is listed, with its prices. Sends nothing: `Sweep.run` does.

    Combinations you have already run are free.

    Args:
        prompt: One prompt, or a list of them; None for none, as in `run`.
        model: One model, or a list of them.
        image: One first frame, or a list of them; see `run`.
        repeats: How many takes of each combination.
        max_cost: USD. `Sweep.run` refuses when all of it may cost more, or nobody can tell.
        skip_impossible: Leave out combinations that the model does not allow, such as 10 s at
            1080P, and run the others. The table shows them as skipped.
        parameters: The same as keywords, for a parameter whose name is taken.
        **more: By the model's own names: a list is swept, anything else is shared. For a
            parameter that takes a list itself, give a list of lists.

    Raises:
        InputError: Some combinations are not allowed (or all of them, with `skip_impossible`);
            the message gives each reason.

    Warns:
        PromptWarning: As `run` does.

    Example:
        >>> sweep = ww.sweep(
        ...     ["The gull lifts off", "The gull lands"],
        ...     image="beach.jpg",
        ...     resolution=["768P", "1080P"],
        ...     max_cost=2,
        ... )
        >>> sweep  # the table, the total first
        >>> sweep.run().wait()
    """
    values = {"model": model, "prompt": prompt, "image": image, **_named(parameters), **more}
    planned = current_session().sweep(
        values, repeats=repeats, max_cost=max_cost, skip_impossible=skip_impossible
    )
    warn_caller(planned.warnings)
    return planned


@short_traceback
def compare(
    prompt: str | Sequence[str | None] | None,
    *,
    rows: str | None = None,
    columns: str | None = None,
    **what: Any,
) -> CompareGrid:
    """Send every combination of what is listed now, and set the clips side by side.

    Returns at once; the tiles fill as the runs go on. On the real service it asks for `max_cost`
    before it sends anything: the error names the total. `wiro_widgets.sweep` shows the table first.

    Args:
        prompt: One prompt, or a list of them.
        rows: What the rows differ in; by default the first two things listed are rows and columns.
        columns: And the columns.
        **what: Everything else that `wiro_widgets.sweep` takes: ``model``, ``image``,
            ``repeats``, ``max_cost``, ``skip_impossible``, ``parameters`` and the model's own
            parameters.

    Raises:
        InputError: Something cannot be run, it is more than a grid shows, or it may cost more
            than was agreed to. Nothing was sent.

    Example:
        >>> grid = ww.compare(
        ...     ["The gull lifts off", "The gull lands"],
        ...     image="beach.jpg",
        ...     resolution=["768P", "1080P"],
        ...     max_cost=2,
        ... )
    """
    from wiro_widgets.widgets.grid import CompareGrid  # noqa: PLC0415 - widgets are slow to load

    planned = sweep(prompt, **what)
    _check_agreed(planned)
    if rows is None and columns is None and len(planned.swept) > 1:
        rows, columns = planned.swept[:2]
    _logger.info("%s", planned.summary)
    return CompareGrid(planned.run().runs, rows=rows, columns=columns)


def _named(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Settings by name, from a dict or a row of a table."""
    if parameters is None:
        return {}
    try:
        named = dict(parameters.items())
    except (AttributeError, TypeError, ValueError):
        named = None
    if named is None or not all(isinstance(name, str) for name in named):
        problem = f"parameters can't be {words_for(parameters)}"
        problem += "." if named is None else " whose keys aren't all text."
        raise InputError(problem, field="parameters", remedy="Give values by setting, as a dict.")
    return named


def _check_agreed(planned: Sweep) -> None:
    """Refuse what no grid can show, and what nobody has agreed to pay."""
    from wiro_widgets.widgets.grid_tiles import MOST_RUNS  # noqa: PLC0415

    if len(planned) > MOST_RUNS:
        raise InputError(
            f"That makes {len(planned)} runs; a grid shows up to {MOST_RUNS}. Nothing was sent.",
            remedy="Remove values, or use ww.sweep(...) and compare some of its runs.",
        )
    if planned.service == "sandbox" or planned.max_cost is not None or not planned.new_count:
        return
    price = planned.price
    remedy = "Check the table of ww.sweep(...) with the same arguments, then call its run()."
    if price is not None:
        remedy = f"Add max_cost={price.high:f} to go ahead, or check ww.sweep(...) first."
    raise InputError(
        f"This would cost money ({price_text(price)} for {planned.new_count} of {len(planned)}"
        " runs). Nothing was sent.",
        field="max_cost",
        remedy=remedy,
    )
