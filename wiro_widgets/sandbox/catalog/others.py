"""Other models that make clips, so that clients that read schemas meet variety.

Ids, types, options and bounds follow the service's public schemas, except that 3D Text
Animations has fewer effects and P-Video has a colour. The prices are invented.
"""

from __future__ import annotations

from decimal import Decimal

from .models import Choice, Item, Model, image, number, price, select, text
from .other_media import CHAT, FLUX, QWEN_TTS, SEEDREAM, TRY_ON, TRY_ON_V2

_BOOLEANS = ("false", "true")
_VIDEO = ("partner", "text-to-video", "image-to-video")
_EFFECTS = ("titles-bubblegum-letters", "titles-rainy-city-street", "titles-shop-window-neon")
_COVERS = "https://cdn.wiro.ai/uploads/models/covers"
_RESOLUTION = select("resolution", "Resolution", "480p", "720p", "1080p", required=True)
_RATIO = select(
    "ratio", "Ratio", "adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9", required=True
)
_FIXED_RATIO = select("ratio", "Ratio", "16:9", "9:16", "1:1", required=True)

SORA = Model(
    id=1501,
    owner="openai",
    project="sora-2-pro",
    title="Sora 2 Pro",
    description="Video with synchronised sound from text or an image.",
    kind="video",
    categories=_VIDEO,
    items=(
        image("inputImage", "Input Image", "Optional."),
        text("prompt", "Prompt", required=True),
        select("seconds", "Seconds", "4", "8", "12", "16", "20", required=True),
        select("resolution", "Resolution", "720p", "1024p", "1080p"),
        select("ratio", "Ratio", "auto", "16:9", "9:16"),
    ),
    prices=(
        price("1.20", seconds="4"),
        price("2.40", seconds="8"),
        price("3.60", seconds="12"),
        price("4.80", seconds="16"),
        price("6.00", seconds="20"),
    ),
)
SORA_2 = Model(
    id=1500,
    owner="openai",
    project="sora-2",
    title="Sora 2",
    description="Video with synchronised sound from text or an image, at 720p.",
    kind="video",
    categories=_VIDEO,
    items=(
        image("inputImage", "Input Image", "Optional."),
        text("prompt", "Prompt", required=True),
        select("seconds", "Seconds", "4", "8", "12", required=True),
        select("resolution", "Resolution", "720p"),
        select("ratio", "Ratio", "auto", "16:9", "9:16"),
    ),
    prices=(price("0.40", seconds="4"), price("0.80", seconds="8"), price("1.20", seconds="12")),
)
KLING_V3 = Model(
    id=1656,
    owner="klingai",
    project="kling-v3",
    title="Kling V3",
    description="Custom first and last frame, duration, ratio and several shots.",
    kind="video",
    categories=_VIDEO,
    items=(
        select("mode", "Mode", "std", "pro", required=True),
        image("inputImage", "First Frame", "Optional."),
        image("inputImage2", "Last Frame", "Optional. Sound will be off."),
        text("prompt", "Prompt"),
        text("negativePrompt", "Negative Prompt"),
        number("duration", "Duration", (3, 15), 5, required=True, type="range"),
        _FIXED_RATIO,
        select("sound", "Sound", "off", "on", required=True),
        select("multiShot", "Multi Shot", *_BOOLEANS),
        select("shotType", "Shot Type", "", "customize", "intelligence"),
        text("multiPrompt", "Multi Prompt", "A JSON text: index, prompt, duration."),
        number("scale", "CFG Scale", (0, 1), 0.5, step=0.1, type="float"),
    ),
    cps=Decimal("0.002"),
    progress="object",
)
KLING_V2_5_TURBO = Model(
    id=1498,
    owner="klingai",
    project="kling-v2.5-turbo",
    title="Kling V2.5 Turbo",
    description="Fast video with first and last frame.",
    kind="video",
    categories=_VIDEO,
    items=(
        select("mode", "Mode", "std", "pro", required=True),
        image("inputImage", "First Frame", "Optional.", type="fileinput"),
        image("inputImage2", "Last Frame", "Only in pro mode.", type="fileinput"),
        text("prompt", "Prompt"),
        text("negativePrompt", "Negative Prompt"),
        select("duration", "Duration", "5", "10", required=True),
        _FIXED_RATIO,
    ),
    prices=(price("0.21", duration="5"), price("0.42", duration="10")),
)
SEEDANCE_PRO = Model(
    id=1588,
    owner="ByteDance",
    project="seedance-pro-v1.5",
    title="Seedance Pro 1.5",
    description="First and last frame, seven ratios, optional sound.",
    kind="video",
    categories=_VIDEO,
    items=(
        image("inputImage", "First Frame", "Optional"),
        image("inputImageLast", "Last Frame", "Optional"),
        text("prompt", "Prompt"),
        _RESOLUTION,
        _RATIO,
        number("duration", "Duration", (4, 12), 5, required=True),
        select("generateAudio", "Generate Audio", "true", "false"),
        select("watermark", "Watermark", *_BOOLEANS),
        number("seed", "Seed", (-1, 4294967295), -1),
        select("camerafixed", "Fix camera", *_BOOLEANS),
    ),
    cps=Decimal("0.0015"),
    progress="object",
)
SEEDANCE_LITE = Model(
    id=1322,
    owner="ByteDance",
    project="image-to-video-seedance-lite-v1",
    title="Seedance Lite 1.0",
    description="A short video from an image, quick and cheap.",
    kind="video",
    categories=("partner", "image-to-video"),
    items=(
        image("inputImage", "Input Image", required=True),
        text("prompt", "Prompt", required=True),
        select("resolution", "Resolution", "480p", "720p", required=True),
        _RATIO,
        select("duration", "Duration", "5", "10", required=True),
        select("watermark", "Watermark", *_BOOLEANS),
        number("seed", "Seed", (0, 99999999), 0),
        select("camerafixed", "Fix camera", *_BOOLEANS),
    ),
    cps=Decimal("0.0009"),
    seconds=60,
)
SEEDANCE_2 = Model(
    id=1702,
    owner="ByteDance",
    project="seedance-2.0",
    title="Seedance 2.0",
    description="Several reference images, durations as options.",
    kind="video",
    categories=_VIDEO,
    items=(
        image("inputImage", "Reference Images", "Up to 9.", type="multifileinput"),
        text("prompt", "Prompt", required=True),
        select("promptEnhancement", "Prompt Enhancement", "true", "false"),
        _RESOLUTION,
        _RATIO,
        select("duration", "Duration", *[str(n) for n in range(4, 16)], required=True),
        select("generateAudio", "Generate Audio", *_BOOLEANS),
        select("watermark", "Watermark", *_BOOLEANS),
        number("seed", "Seed", (0, 99999999), 0, type="integer"),
    ),
    cps=Decimal("0.0020"),
)
VEO = Model(
    id=1544,
    owner="google",
    project="veo3.1",
    title="Veo 3.1",
    description="Three reference images, negative prompt, seed.",
    kind="video",
    categories=_VIDEO,
    items=(
        image("inputImage", "First Frame"),
        image("inputImage2", "Last Frame"),
        image("inputImage3", "Reference"),
        text("prompt", "Prompt", required=True),
        select("durationSeconds", "Duration", "8", "4", "6"),
        select("aspectRatio", "Aspect Ratio", "16:9", "9:16"),
        select("resolution", "Resolution", "720p", "1080p"),
        select("generateAudio", "Generate Audio", "true", "false"),
        text("negativePrompt", "Negative Prompt"),
        select("enhancePrompt", "Enhance Prompt", "true", "false"),
        select("personGeneration", "Person Generation", "allow_adult", "dont_allow"),
        number("seed", "Seed", (0, 4294967295), 0),
    ),
    prices=(
        price("1.60", durationSeconds="8"),
        price("0.80", durationSeconds="4"),
        price("1.20", durationSeconds="6"),
    ),
)
P_VIDEO = Model(
    id=1671,
    owner="pruna",
    project="p-video",
    title="P-Video",
    description="Cheap drafts: any whole number of seconds, 24 or 48 frames per second.",
    kind="video",
    categories=_VIDEO,
    items=(
        text("prompt", "Prompt", required=True),
        image("inputImage", "Input Image"),
        select("ratio", "Ratio", "16:9", "1:1", "3:2", "2:3", "4:3", "3:4", "9:16"),
        number("duration", "Duration", (1, 10), 5, required=True, type="range"),
        select("resolution", "Resolution", "720p", "1080p", required=True),
        select("fps", "Fps", "24", "48"),
        text("seed", "Seed", "Leave zero to randomize.", default="0", type="text"),
        select("saveAudio", "Save Audio", *_BOOLEANS),
        Item("draft", "checkbox", "Draft Mode", "A lower-quality preview.", default=False),
        select("promptUpsampling", "Prompt Upsampling", "true", "false"),
        Item("tint", "color", "Tint", "Colour the light leans to.", "#ffffff"),
    ),
    cps=Decimal("0.0005"),
    seconds=40,
    progress="object",
)
TEXT_ANIMATIONS = Model(
    id=1320,
    owner="wiro",
    project="3D Text Animations",
    title="3D Text Animations",
    description="Animated titles from a short caption.",
    kind="video",
    categories=("social-media-viral", "text-to-video"),
    items=(
        text("caption", "Caption", default="New Arrival", type="text"),
        select("videoMode", "Video Mode", "std", "pro", required=True),
        select("ratio", "Ratio", "9:16", "16:9", "1:1"),
        Item(
            id="effectType",
            type="selectwithcover",
            label="Effect Type",
            description="Required",
            default=_EFFECTS[0],
            required=True,
            choices=tuple(
                Choice(name, name[7:].replace("-", " "), f"{_COVERS}/{name}.webp")
                for name in _EFFECTS
            ),
        ),
    ),
    prices=(price("0.45"),),
)
OTHER_MODELS = (
    SORA,
    KLING_V3,
    KLING_V2_5_TURBO,
    SEEDANCE_PRO,
    SEEDANCE_2,
    VEO,
    P_VIDEO,
    TEXT_ANIMATIONS,
    FLUX,
    SEEDREAM,
    SORA_2,
    SEEDANCE_LITE,
    TRY_ON,
    TRY_ON_V2,
    QWEN_TTS,
    CHAT,
)
