"""The two models this project is about: MiniMax Hailuo 2.3 and 2.3-Fast.

Parameter ids, types and rules are those of the service. Its prices are not known: these are
MiniMax's own list prices, so that estimates work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .models import Item, Model, PriceRule, image, price, select, text

if TYPE_CHECKING:
    from wiro_widgets.sandbox.options import HailuoImage

_FIRST_FRAME = (
    "First frame image for video generation."
    " The output video will have the same aspect ratio as this image."
)
_PROMPT = "The prompt to generate the video."
# The backslashes are the service's: its default prompts have escaped apostrophes.
_FAST_PROMPT = (
    "Wide shot of the beach and power plant. The man continues his steady run along the"
    " shoreline. The ocean\\'s waves gently roll in and recede. The seagull in the sky"
    " gracefully soars. The light remains soft and hazy, as if late afternoon."
)
_T2V_PROMPT = (
    "A lighthouse on a cliff at golden hour, waves far below. [Push in] The camera\\'s move is"
    " slow and steady."
)


def hailuo_models(image_id: HailuoImage) -> tuple[Model, ...]:
    """Both models, with the image parameter of one of two periods.

    Args:
        image_id: ``inputImage`` (2026, combinefileinput) or ``inputImageFirst`` (2025,
            fileinput with the twin ``inputImageFirstUrl``).
    """
    return (
        Model(
            id=1612,
            owner="MiniMax",
            project="hailuo-2.3",
            title="MiniMax Hailuo 2.3",
            description="Text-to-video and image-to-video with strong physics and camera work.",
            kind="video",
            categories=("partner", "text-to-video", "image-to-video", "fast-inference"),
            items=_items(image_id, required=False, prompt=_T2V_PROMPT),
            prices=_prices("0.28", "0.56", "0.49"),
            first_frame_checked=True,
        ),
        Model(
            id=1613,
            owner="MiniMax",
            project="hailuo-2.3-Fast",
            title="MiniMax Hailuo 2.3 Fast",
            description="Image-to-video, optimized for low latency and stable motion.",
            kind="video",
            categories=("partner", "image-to-video", "fast-inference"),
            items=_items(image_id, required=True, prompt=_FAST_PROMPT),
            prices=_prices("0.19", "0.32", "0.33"),
            seconds=120,
            first_frame_checked=True,
        ),
    )


def _items(image_id: HailuoImage, *, required: bool, prompt: str) -> tuple[Item, ...]:
    frame_help = _FIRST_FRAME if required else f"Optional. {_FIRST_FRAME}"
    frame_type = "combinefileinput" if image_id == "inputImage" else "fileinput"
    return (
        image(image_id, "First Frame", frame_help, required=required, type=frame_type),
        text("prompt", "Prompt", _PROMPT, default=prompt),
        select("promptOptimizer", "Prompt Optimizer", "true", "false"),
        select(
            "resolution",
            "Resolution",
            "768P",
            "1080P",
            note="1080P supports a duration of 6 seconds only.",
        ),
        select(
            "duration",
            "Duration",
            "6",
            "10",
            description="Seconds. With 1080P the duration falls to 6.",
            required=True,
        ),
    )


def _prices(short: str, long: str, large: str) -> tuple[PriceRule, ...]:
    return (
        price(short, resolution="768P", duration="6"),
        price(long, resolution="768P", duration="10"),
        price(large, resolution="1080P"),
    )
