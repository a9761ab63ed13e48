"""What a model makes, as far as its OpenAPI document says it.

No field of the documents tells it. The words of the title count most, of which the last names the
thing ("3D Text Animations"); then those of the description, without what the model makes it from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .models import Kind

_FORMATS: dict[str, Kind] = {
    **dict.fromkeys(("png", "jpg", "jpeg", "webp"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov"), "video"),
    **dict.fromkeys(("mp3", "wav", "flac", "ogg", "m4a"), "audio"),
    **dict.fromkeys(("glb", "gltf", "obj", "stl", "ply"), "mesh"),
}
_WORDS: tuple[tuple[Kind, str], ...] = (
    ("video", r"videos?|clips?|animat\w+|movies?|avatars?|footage"),
    ("audio", r"audio|speech|voices?|music|songs?|sounds?|tts"),
    ("raw", r"chat\w*|llms?|language models?|conversation\w*|gpt\w*|assistant"),
    (
        "text",
        (
            r"text|ocr|asr|transcri\w+|translat\w+|evaluat\w+|analy[sz]\w+|pars\w+|reports?|job"
            r"|resumes?|cv|interviews?|surveys?|feedback|summar\w+|captions?|articles?"
        ),
    ),
    ("mesh", r"3d|mesh\w*|glb"),
    ("image", r"images?|pictures?|photos?\w*|posters?|logos?|panoramas?|portraits?|try.?on"),
)
_TARGETS: dict[str, Kind] = {
    "speech": "audio",
    "music": "audio",
    "audio": "audio",
    "3d": "mesh",
    "text": "text",
    "image": "image",
    "video": "video",
}
_FROM_TO = re.compile(rf"\b\w+[ -]to[ -]({'|'.join(_TARGETS)})s?\b")
_READS = re.compile(r"\b(?:ocr|asr|transcri\w+|translat\w+|evaluator|analyzer|analysis|parser)\b")
# Of a sentence, what a model makes something from.
_SOURCES = (
    r"\b(?:converts?|transforms?|turns?|animates?)\b.*?\b(?:in)?to\b",
    r"\b(?:from|using|with|based on|given|of)\b[^.,;]*",
    r"\btext[ -]prompts?\b|\bprompts?\b|\btext and\b",
)
_HINTS: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("raw", frozenset({"system_prompt", "max_tokens", "max_new_tokens", "top_p"})),
    ("audio", frozenset({"voice", "speaker", "lyrics"})),
    ("video", frozenset({"fps", "duration", "seconds", "videoSeconds", "durationSeconds"})),
    ("image", frozenset({"width", "height", "outputFormat", "aspectRatio"})),
)


def medium(title: str, description: str, properties: Mapping[str, Any]) -> Kind:
    """The kind of file a model makes.

    Args:
        title: Its title and its slug.
        description: Its description.
        properties: Those of its ``RunToolSchema``, by name.
    """
    name = re.sub(r"[^a-z0-9]+", " ", title.lower())
    prompts = (
        str(found.get("description", ""))
        for key, found in properties.items()
        if isinstance(found, dict) and key.lower().endswith("prompt")
    )
    guesses: list[Kind | None] = [
        _format(properties),
        _target(name),
        "text" if _READS.search(name) else None,
        _named(name, last=True),
        _target(description.lower()),
        _described(description),
        *map(_described, prompts),
        *(kind for kind, names in _HINTS if names & properties.keys()),
    ]
    return next((kind for kind in guesses if kind is not None), "image")


def _format(properties: Mapping[str, Any]) -> Kind | None:
    """What the formats to choose from are formats of."""
    for name, found in properties.items():
        if re.fullmatch(r"(?i)(output_?|file_?|audio_?|image_?)?format", name):
            choices = found.get("enum") or () if isinstance(found, dict) else ()
            named = [_FORMATS.get(str(choice).lower()) for choice in choices]
            kinds = {kind for kind in named if kind is not None}
            if len(kinds) == 1:
                return next(iter(kinds))
    return None


def _target(text: str) -> Kind | None:
    """What follows the "to" of "text-to-video"."""
    found = _FROM_TO.search(text)
    return _TARGETS[found[1]] if found else None


def _named(text: str, *, last: bool = False) -> Kind | None:
    """The medium that is named first, or last."""
    places = {
        kind: [found.start() for found in re.finditer(rf"\b(?:{words})\b", text)]
        for kind, words in _WORDS
    }
    named = {kind: found[-1] if last else found[0] for kind, found in places.items() if found}
    if not named:
        return None
    first = (max if last else min)(named, key=lambda kind: named[kind])
    # Of "audio-video" and "3D animated text videos", the clip is what holds the rest.
    return "video" if "video" in named and first in {"audio", "text", "mesh"} else first


def _described(description: str) -> Kind | None:
    for sentence in re.split(r"[.!?\n]+", description.lower()):
        for source in _SOURCES:
            sentence = re.sub(source, " ", sentence)  # noqa: PLW2901 - less and less of it
        if found := _named(sentence):
            return found
    return None
