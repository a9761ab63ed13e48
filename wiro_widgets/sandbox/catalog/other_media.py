"""Models that make something else than clips: images, speech, text. The prices are invented.

Ids, types, options and bounds follow the service's public schemas.
"""

from __future__ import annotations

from decimal import Decimal

from .models import Item, Model, image, number, price, select, text

_BOOLEANS = ("false", "true")
_IMAGE = ("partner", "text-to-image", "image-to-image")

FLUX = Model(
    id=1633,
    owner="black-forest-labs",
    project="flux-2-pro",
    title="FLUX.2 Pro",
    description="Images from text and other images.",
    kind="image",
    categories=_IMAGE,
    items=(
        image("inputImage", "Input Image"),
        text("prompt", "Prompt", required=True),
        number("width", "Width", (0, 2048), 1024, step=16, type="range"),
        number("height", "Height", (0, 2048), 1024, step=16, type="range"),
        number("safetyTolerance", "Safety Tolerance", (0, 5), 2, type="range"),
        number("seed", "Seed", (0, 9999999), 123),
        select("outputFormat", "Output Format", "png", "jpeg"),
    ),
    cps=Decimal("0.003"),
    seconds=20,
)
SEEDREAM = Model(
    id=1597,
    owner="ByteDance",
    project="seedream-v4-5",
    title="Seedream 4.5",
    description="Several images at once from text and other images.",
    kind="image",
    categories=_IMAGE,
    items=(
        image("inputImage", "Input Image"),
        text("prompt", "Prompt", required=True),
        select("resolution", "Resolution", "", "2k", "4k"),
        select(
            "aspectRatio",
            "Aspect Ratio",
            *("", "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "16:9", "9:16", "21:9", "9:21"),
        ),
        number("maxImages", "Images", (1, 15), 1, required=True, type="range"),
        select("watermark", "Watermark", *_BOOLEANS, required=True),
    ),
    prices=(price("0.04"),),
    seconds=30,
)


def _try_on(number: int, project: str, garments: int, *more: Item) -> Model:
    """Either of the two try-on models, which differ in little."""
    return Model(
        id=number,
        owner="wiro",
        project=project,
        title=project.replace("-V2", " V2"),
        description="A person in the garments of other pictures, as image and video.",
        kind="image",
        categories=("fashion", "image-to-image", "image-to-video"),
        items=(
            image("inputImageHuman", "Human Image", required=True),
            image("inputImageClothes", "Garment Images", f"Up to {garments}."),
            select("style", "Photography Style", "virtual-try-on", "studio", "indoor", "outdoor"),
            select("pose", "Posture", "auto", "sitting", "standing", "side-profile"),
            select("plan", "Shot Type", "auto", "headshot", "medium-shot", "wide-shot"),
            *more,
            select("outputType", "Output Type", "both", "image", "video"),
        ),
        prices=(price("0.12"),),
        seconds=40,
    )


TRY_ON = _try_on(1305, "Virtual Try-On", 2)
TRY_ON_V2 = _try_on(
    1680, "Virtual Try-On-V2", 13, select("ratio", "Ratio", "auto", "16:9", "9:16", "1:1")
)
_LANGUAGES = (
    *("auto", "chinese", "english", "french", "german", "italian", "japanese", "korean"),
    *("portuguese", "russian", "spanish"),
)
_SPEAKERS = (
    *("aiden", "dylan", "eric", "ono_anna", "ryan", "serena", "sohee", "uncle_fu", "vivian"),
    *("russian", "spanish"),
)
QWEN_TTS = Model(
    id=1660,
    owner="Qwen",
    project="Qwen3-TTS-12Hz-1.7B",
    title="Qwen3 TTS",
    description="Speech from text, in ten languages.",
    kind="audio",
    categories=("text-to-speech",),
    items=(
        text("prompt", "Prompt", "What is said.", default="A robot learned to paint."),
        text("instruction", "Instruction", "How it is said.", default="Excited", type="text"),
        # The service's own defaults, which are not among its options.
        select("language", "Language", *_LANGUAGES, default="Auto", required=True),
        select("speaker", "Speaker", *_SPEAKERS, default="Aiden", required=True),
    ),
    cps=Decimal("0.0004"),
    seconds=30,
)
CHAT = Model(
    id=1100,
    owner="wiro",
    project="chat",
    title="Chat",
    description="Conversation with a language model.",
    kind="raw",
    categories=("llm", "chat"),
    items=(
        Item("selectedModel", "select", "Model", "A number; the sandbox has one model."),
        Item("selectedModelPrivate", "select", "Private Model"),
        text("prompt", "Prompt", required=True),
        text("user_id", "User", type="text"),
        text("session_id", "Session", type="text"),
        text("system_prompt", "System Prompt", default="You are a helpful assistant."),
        *(
            text(name, name.replace("_", " ").capitalize(), type="text")
            for name in ("temperature", "top_p", "repetition_penalty", "length_penalty")
        ),
        number("top_k", "Top k", (0, 100), 0),
        number("max_tokens", "Most tokens", (0, 800000), 0),
        number("min_tokens", "Least tokens", (0, 2048), 0),
        number("max_new_tokens", "Most new tokens", (0, 4096), 0),
        number("min_new_tokens", "Least new tokens", (-1, 2048), -1),
        text("stop_sequences", "Stop sequences", type="text"),
        text("seed", "Seed", default="123456", type="text"),
        Item("quantization", "checkbox", "Quantization", default=False),
        Item("do_sample", "checkbox", "Sampling", default=False),
    ),
    cps=Decimal("0.0002"),
    seconds=15,
)
