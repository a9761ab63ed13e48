"""Models of other shapes, so that a panel driven by schemas meets variety.

Ids, types, options and bounds follow the service's public schemas; prices are made up.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from . import build
from .model import Choice, Item, Model

_BOOLEANS = ("false", "true")
_COVERS = "https://cdn.wiro.ai/uploads/models/covers"
_VIDEO = ("partner", "text-to-video", "image-to-video")


def other_models() -> tuple[Model, ...]:
    """Eight more video models and two image models."""
    return (
        _sora(),
        _kling_v3(),
        _kling_turbo(),
        _seedance(),
        _seedance_2(),
        _veo(),
        _p_video(),
        _text_animations(),
        _flux(),
        _seedream(),
    )


def _sora() -> Model:
    return Model(
        1501,
        "openai",
        "sora-2-pro",
        "Sora 2 Pro",
        "Video with synchronised sound from text or an image.",
        "video",
        _VIDEO,
        (
            build.image("inputImage", "Input Image", "Optional."),
            build.text("prompt", "Prompt", required=True),
            build.select("seconds", "Seconds", "4", "8", "12", "16", "20", required=True),
            build.select("resolution", "Resolution", "720p", "1024p", "1080p"),
            build.select("ratio", "Ratio", "auto", "16:9", "9:16"),
        ),
        prices=(
            build.price("1.20", seconds="4"),
            build.price("2.40", seconds="8"),
            build.price("3.60", seconds="12"),
            build.price("4.80", seconds="16"),
            build.price("6.00", seconds="20"),
        ),
    )


def _kling_v3() -> Model:
    return Model(
        1656,
        "klingai",
        "kling-v3",
        "Kling V3",
        "Custom first and last frame, duration, ratio and several shots.",
        "video",
        _VIDEO,
        (
            build.select("mode", "Mode", "std", "pro", required=True),
            build.image("inputImage", "First Frame", "Optional."),
            build.image("inputImage2", "Last Frame", "Optional. Sound will be off."),
            build.text("prompt", "Prompt"),
            build.text("negativePrompt", "Negative Prompt"),
            build.number("duration", "Duration", (3, 15), "5", required=True, type="range"),
            build.select("ratio", "Ratio", "16:9", "9:16", "1:1", required=True),
            build.select("sound", "Sound", "off", "on", required=True),
            build.select("multiShot", "Multi Shot", *_BOOLEANS),
            build.select("shotType", "Shot Type", "", "customize", "intelligence"),
            build.text("multiPrompt", "Multi Prompt", "A JSON text: index, prompt, duration."),
            build.number("scale", "CFG Scale", (0, 1), "0.5", step=0.1, type="float"),
        ),
        cps=Decimal("0.002"),
        progress="object",
    )


def _kling_turbo() -> Model:
    return Model(
        1498,
        "klingai",
        "kling-v2.5-turbo",
        "Kling V2.5 Turbo",
        "Fast video with first and last frame.",
        "video",
        _VIDEO,
        (
            build.select("mode", "Mode", "std", "pro", required=True),
            build.image("inputImage", "First Frame", "Optional.", type="fileinput"),
            build.image("inputImage2", "Last Frame", "Only in pro mode.", type="fileinput"),
            build.text("prompt", "Prompt"),
            build.text("negativePrompt", "Negative Prompt"),
            build.select("duration", "Duration", "5", "10", required=True),
            build.select("ratio", "Ratio", "16:9", "9:16", "1:1", required=True),
        ),
        prices=(build.price("0.21", duration="5"), build.price("0.42", duration="10")),
    )


def _seedance() -> Model:
    return Model(
        1588,
        "ByteDance",
        "seedance-pro-v1.5",
        "Seedance Pro 1.5",
        "First and last frame, seven ratios, optional sound.",
        "video",
        _VIDEO,
        (
            build.image("inputImage", "First Frame", "Optional"),
            build.image("inputImageLast", "Last Frame", "Optional"),
            build.text("prompt", "Prompt"),
            _small_resolution(),
            _adaptive_ratio(),
            build.number("duration", "Duration", (4, 12), "5", required=True),
            build.select("generateAudio", "Generate Audio", "true", "false"),
            build.select("watermark", "Watermark", *_BOOLEANS),
            build.number("seed", "Seed", (-1, 4294967295), "-1"),
            build.select("camerafixed", "Fix camera", *_BOOLEANS),
        ),
        cps=Decimal("0.0015"),
        progress="object",
    )


def _seedance_2() -> Model:
    return Model(
        1702,
        "ByteDance",
        "seedance-2.0",
        "Seedance 2.0",
        "Several reference images, durations as options.",
        "video",
        _VIDEO,
        (
            build.image("inputImage", "Reference Images", "Up to 9.", type="multifileinput"),
            build.text("prompt", "Prompt", required=True),
            build.select("promptEnhancement", "Prompt Enhancement", "true", "false"),
            _small_resolution(),
            _adaptive_ratio(),
            build.select("duration", "Duration", *[str(n) for n in range(4, 16)], required=True),
            build.select("generateAudio", "Generate Audio", *_BOOLEANS),
            build.select("watermark", "Watermark", *_BOOLEANS),
            build.number("seed", "Seed", (0, 99999999), "0", type="integer"),
        ),
        cps=Decimal("0.0020"),
    )


def _veo() -> Model:
    return Model(
        1544,
        "google",
        "veo3.1",
        "Veo 3.1",
        "Three reference images, negative prompt, seed.",
        "video",
        _VIDEO,
        (
            build.image("inputImage", "First Frame"),
            build.image("inputImage2", "Last Frame"),
            build.image("inputImage3", "Reference"),
            build.text("prompt", "Prompt", required=True),
            build.select("durationSeconds", "Duration", "8", "4", "6"),
            build.select("aspectRatio", "Aspect Ratio", "16:9", "9:16"),
            build.select("resolution", "Resolution", "720p", "1080p"),
            build.select("generateAudio", "Generate Audio", "true", "false"),
            build.text("negativePrompt", "Negative Prompt"),
            build.select("enhancePrompt", "Enhance Prompt", "true", "false"),
            build.select("personGeneration", "Person Generation", "allow_adult", "dont_allow"),
            build.number("seed", "Seed", (0, 4294967295), "0"),
        ),
        prices=(
            build.price("1.60", durationSeconds="8"),
            build.price("0.80", durationSeconds="4"),
            build.price("1.20", durationSeconds="6"),
        ),
    )


def _p_video() -> Model:
    return Model(
        1671,
        "pruna",
        "p-video",
        "P-Video",
        "Cheap drafts: any whole number of seconds, 24 or 48 frames per second.",
        "video",
        _VIDEO,
        (
            build.text("prompt", "Prompt", required=True),
            build.image("inputImage", "Input Image"),
            build.select("ratio", "Ratio", "16:9", "1:1", "3:2", "2:3", "4:3", "3:4", "9:16"),
            build.number("duration", "Duration", (1, 10), "5", required=True, type="range"),
            build.select("resolution", "Resolution", "720p", "1080p", required=True),
            build.select("fps", "Fps", "24", "48"),
            build.text("seed", "Seed", "Leave zero to randomize.", default="0", type="text"),
            Item("draft", "checkbox", "Draft Mode", "A lower-quality preview.", "false"),
            Item("tint", "color", "Tint", "Colour the light leans to.", "#ffffff"),
        ),
        cps=Decimal("0.0005"),
        seconds=40,
        progress="object",
    )


def _text_animations() -> Model:
    covers = ("titles-bubblegum-letters", "titles-rainy-city-street", "titles-shop-window-neon")
    effect = Item(
        "effectType",
        "selectwithcover",
        "Effect Type",
        "Required",
        covers[0],
        required=True,
        choices=tuple(
            Choice(name, name.removeprefix("titles-").replace("-", " "), f"{_COVERS}/{name}.webp")
            for name in covers
        ),
    )
    return Model(
        1320,
        "wiro",
        "3D Text Animations",
        "3D Text Animations",
        "Animated titles from a short caption.",
        "video",
        ("social-media-viral", "text-to-video"),
        (
            build.text("caption", "Caption", default="New Arrival", type="text"),
            build.select("videoMode", "Video Mode", "std", "pro", required=True),
            build.select("ratio", "Ratio", "9:16", "16:9", "1:1"),
            effect,
        ),
        prices=(build.price("0.45"),),
    )


def _flux() -> Model:
    side = build.number("width", "Width", (0, 2048), "1024", step=16, type="range")
    return Model(
        1633,
        "black-forest-labs",
        "flux-2-pro",
        "FLUX.2 Pro",
        "Images from text and other images.",
        "image",
        ("partner", "text-to-image", "image-to-image"),
        (
            build.image("inputImage", "Input Image"),
            build.text("prompt", "Prompt", required=True),
            side,
            replace(side, id="height", label="Height"),
            build.number("safetyTolerance", "Safety Tolerance", (0, 5), "2", type="range"),
            build.number("seed", "Seed", (0, 9999999), "123"),
            build.select("outputFormat", "Output Format", "png", "jpeg"),
        ),
        cps=Decimal("0.003"),
        seconds=20,
    )


def _seedream() -> Model:
    return Model(
        1597,
        "ByteDance",
        "seedream-v4-5",
        "Seedream 4.5",
        "Several images at once from text and other images.",
        "image",
        ("partner", "text-to-image", "image-to-image"),
        (
            build.image("inputImage", "Input Image"),
            build.text("prompt", "Prompt", required=True),
            build.select("resolution", "Resolution", "", "2k", "4k"),
            build.select("aspectRatio", "Aspect Ratio", "", *_seedream_ratios()),
            build.number("maxImages", "Images", (1, 15), "1", required=True, type="range"),
            build.select("watermark", "Watermark", *_BOOLEANS, required=True),
        ),
        prices=(build.price("0.04"),),
        seconds=30,
    )


def _seedream_ratios() -> tuple[str, ...]:
    photo = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4")
    return (*photo, "16:9", "9:16", "21:9", "9:21")


def _small_resolution() -> Item:
    return build.select("resolution", "Resolution", "480p", "720p", "1080p", required=True)


def _adaptive_ratio() -> Item:
    ratios = ("adaptive", "16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
    return build.select("ratio", "Ratio", *ratios, required=True)
