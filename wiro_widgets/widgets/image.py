"""Where the first frame is chosen."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import traitlets

from wiro_widgets.client import InputError
from wiro_widgets.media.addresses import checked_address
from wiro_widgets.media.pictures import Picture, as_image, prepare
from wiro_widgets.schema.hailuo import FIRST_FRAME, is_hailuo
from wiro_widgets.schema.picture_limits import (
    PictureLimits,
    PictureProblem,
    picture_problem,
    too_large,
)
from wiro_widgets.widgets.base import Refused, handles, matches, ok
from wiro_widgets.widgets.given import as_model
from wiro_widgets.widgets.protocol.common import (
    BeginMessage,
    CancelMessage,
    PieceMessage,
    TakenMessage,
)
from wiro_widgets.widgets.protocol.inputs import (
    ClearMessage,
    HoldMessage,
    ImageLimits,
    LinkMessage,
    ShownImage,
)
from wiro_widgets.widgets.transfers import MediaMixin, Upload

if TYPE_CHECKING:
    from wiro_widgets.client import ModelSpec
    from wiro_widgets.runs.run import Run
    from wiro_widgets.widgets.protocol.common import OkMessage


class ImageInput(MediaMixin):
    """A picture from the browser or from Python, shown exactly as it will be sent.

    Example:
        >>> image = ImageInput("beach.jpg")
        >>> image.observe(lambda change: print(change["new"]), "value")
        >>> ww.run("The gull lifts off", image=image.value)

    Args:
        value: Whatever `wiro_widgets.run` takes as an image: path, bytes, file object, PIL image,
            array, figure, upload, URL, or a `Run`, whose clip's last frame it becomes; None for
            no image yet.
        model: The model, or its name, whose limits the picture is checked against; without one,
            none.
        label: What the picture is for.
        **traits: Any other trait.

    Raises:
        InputError: `value` cannot be read, or is no picture; or `model` is no model.
        NotFoundError: There is no model of that name.
    """

    _view = traitlets.Unicode("image_input").tag(sync=True)

    value = traitlets.Any(
        None, allow_none=True, help="None, a Picture ready to send, or an http(s) URL"
    )
    label = traitlets.Unicode("First frame", help="What the picture is for").tag(sync=True)
    limits = traitlets.Dict(
        help="What the model takes (ImageLimits); empty when that is not known"
    ).tag(sync=True)
    problem = traitlets.Unicode(
        None, allow_none=True, help="Why it cannot be sent as it is; None when it can"
    ).tag(sync=True)
    _remedy = traitlets.Unicode("", help='What would help: "crop", "reduce" or ""').tag(sync=True)
    disabled = traitlets.Bool(default_value=False, help="Whether it only shows").tag(sync=True)
    _shown = traitlets.Dict(help="A ShownImage, empty without a picture").tag(sync=True)
    _thumbnail = traitlets.Unicode("", help="A data: URL of some 10 to 30 KB").tag(sync=True)

    def __init__(
        self,
        value: Any = None,
        *,
        model: ModelSpec | str | None = None,
        label: str = "First frame",
        **traits: Any,
    ) -> None:
        self._upload: Upload | None = None
        spec = as_model(model, "ImageInput")
        super().__init__(label=label, **traits)
        if spec is not None:
            self.set_model(spec)
        self.value = value

    @classmethod
    def from_run(cls, run: Run, **arguments: Any) -> ImageInput:
        """Begin with the last frame of a run's clip, to go on from there.

        Raises:
            InputError: The run has no clip on this disk, or PyAV is not installed.
        """
        return cls(run, **arguments)

    def set_model(self, model: ModelSpec | str) -> None:
        """Use the limits of a model; the picture stays and is checked against them.

        Raises:
            InputError: It is no model.
            NotFoundError: There is no model of that name.
        """
        spec = as_model(model, "ImageInput")
        if spec is None:
            self.limits = {}
            return
        # As the service writes it ("hailuo-2.3-Fast"), which the clean slug has lost.
        name = f"{spec.owner}/{spec.project}".rpartition("/")[-1].lower()
        max_bytes, min_side, ratio = FIRST_FRAME
        limits = ImageLimits(model=name, max_bytes=max_bytes, min_side=min_side, ratio=ratio)
        self.limits = dict(limits) if is_hailuo(spec.slug) else {}

    def as_picture(self, field: str = "image") -> Picture | str:
        """What it holds, so that it can be given wherever an image can.

        Args:
            field: The parameter it is for, named in errors.

        Raises:
            InputError: It holds none.
        """
        if self.value is None:
            raise InputError(
                self.problem or "No image has been chosen yet.",
                field=field,
                remedy="Choose one in the widget.",
            )
        held: Picture | str = self.value
        return held

    def clear(self) -> None:
        """Hold no picture."""
        self.value = None

    @traitlets.validate("value")
    def _ready_to_send(self, proposal: dict[str, Any]) -> Picture | str | None:
        value = proposal["value"]
        return None if value is None else as_image(value)

    @traitlets.validate("limits")
    def _whole(self, proposal: dict[str, Any]) -> dict[str, Any]:
        limits: dict[str, Any] = proposal["value"]
        if limits and not matches(limits, ImageLimits):
            names = ", ".join(ImageLimits.__annotations__)
            raise traitlets.TraitError(
                f"ImageInput.limits={limits!r} are no limits. Give {names}, or nothing."
            )
        return limits

    @traitlets.observe("value")
    def _show(self, change: dict[str, Any]) -> None:
        value = change["new"]
        # Set from Python while a picture was coming from the browser: this one is newer.
        self._upload = None
        self.error = None
        self._thumbnail = _thumbnail(value) if isinstance(value, Picture) else ""
        self._shown = _shown(value)
        self._check()

    @traitlets.observe("limits")
    def _check(self, _: object = None) -> None:
        picture, limits = self.value, self.limits
        known = isinstance(picture, Picture) and limits
        self._set_problem(_problem_with(limits, picture) if known else None)

    def _set_problem(self, about: PictureProblem | None) -> None:
        self.problem, self._remedy = about or (None, "")

    def _clear(self, about: PictureProblem | None, upload: Upload | None = None) -> None:
        """Hold no picture, and say why; `upload` is on its way."""
        self.value = None
        self._upload = upload
        self._set_problem(about)

    def _media(self, run: str, index: int) -> bytes | None:  # noqa: ARG002
        if not isinstance(self.value, Picture):
            raise Refused("There is no picture here any more.")
        return self.value.data

    @handles(BeginMessage)
    def _begin(self, message: BeginMessage) -> TakenMessage:
        upload = Upload.begin(message)
        self._clear(PictureProblem("The picture is still on its way.", ""), upload)
        return TakenMessage(id=message["id"], type="taken", offset=0)

    @handles(PieceMessage, binary=True)
    def _add_piece(self, message: PieceMessage, piece: memoryview) -> TakenMessage | OkMessage:
        upload = self._upload
        if upload is None or upload.request != message["id"]:
            raise Refused("Another picture was set meanwhile; this one is not used.")
        try:
            taken = upload.add(message, piece)
            if taken is not None:
                return taken
            picture = prepare(bytes(upload.data), upload.name, "image")
        except ValueError as error:  # an InputError is one
            self._clear(PictureProblem(str(error), ""))
            raise Refused(str(error)) from error
        self.value = picture.renamed(upload.name, upload.notes)
        return ok(message)

    @handles(CancelMessage)
    def _cancel(self, message: CancelMessage) -> None:
        if self._upload is not None and self._upload.request == message["id"]:
            self._clear(None)

    @handles(HoldMessage)
    def _hold(self, message: HoldMessage) -> OkMessage:
        if self.limits:
            self._clear(too_large(_limits(self.limits), message["size"]))
        return ok(message)

    @handles(LinkMessage)
    def _link(self, message: LinkMessage) -> OkMessage:
        try:
            self.value = checked_address(message["url"])
        except InputError as error:
            raise Refused(str(error)) from error
        return ok(message)

    @handles(ClearMessage)
    def _clear_picture(self, message: ClearMessage) -> OkMessage:
        self._clear(None)
        return ok(message)


@functools.lru_cache(maxsize=4)
def _thumbnail(picture: Picture) -> str:
    # Another Studio begins with the same picture.
    return picture.thumbnail()


def _problem_with(limits: dict[str, Any], picture: Picture) -> PictureProblem | None:
    return picture_problem(_limits(limits), picture.width, picture.height, len(picture.data))


def _limits(limits: dict[str, Any]) -> PictureLimits:
    return PictureLimits(limits["max_bytes"], limits["min_side"], limits["ratio"])


def _shown(value: Picture | str | None) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, str):
        name = (
            unquote(urlsplit(value).path.rpartition("/")[-1]) or urlsplit(value).hostname or value
        )
        facts = ShownImage(
            name=name, url=value, content_type="", size=0, width=0, height=0, digest="", notes=[]
        )
    else:
        facts = ShownImage(
            name=value.name,
            url="",
            content_type=value.content_type,
            size=len(value.data),
            width=value.width,
            height=value.height,
            digest=value.digest,
            notes=list(value.notes),
        )
    return dict(facts)
