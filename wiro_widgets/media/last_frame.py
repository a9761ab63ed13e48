"""The last picture of a clip, to begin the next clip with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wiro_widgets.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

_BEFORE_END_SECONDS = 1.0


def last_frame(clip: Path, field: str = "image") -> Image.Image:
    """Decode the last frame of a clip.

    Args:
        clip: A video file.
        field: The parameter it is for, named in errors.

    Raises:
        InputError: PyAV is not installed, or the file holds no frame.
    """
    try:
        import av  # noqa: PLC0415 - an extra
    except ImportError:
        raise InputError(
            f"{field}: reading the last frame of a clip needs PyAV.",
            field=field,
            remedy='Install it with: pip install "wiro-widgets[sandbox]"',
        ) from None
    try:
        with av.open(str(clip)) as container:
            stream = container.streams.video[0]
            end = container.duration or 0
            start = end / av.time_base - _BEFORE_END_SECONDS
            if start > 0:
                container.seek(int(start * av.time_base))
            last = None
            for last in container.decode(stream):  # noqa: B007 - the last one is wanted
                pass
            if last is not None:
                picture: Image.Image = last.to_image()
                return picture
    except (av.FFmpegError, IndexError, OSError):
        pass
    raise InputError(
        f"{field}: {clip.name} holds no picture.",
        field=field,
        remedy="Choose another run, or give a picture.",
    )
