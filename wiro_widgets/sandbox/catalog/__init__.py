"""The models that the sandbox offers, by any spelling of their slug."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .hailuo import hailuo_models
from .models import clean_slug
from .openapi import read_models
from .others import OTHER_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wiro_widgets.sandbox.options import Options

    from .models import Model

_SMALL_WORDS = frozenset({"a", "an", "and", "for", "from", "in", "of", "the", "to", "with"})


class Catalog:
    """All models, in the order of ``Tool/List``.

    Raises:
        DocumentError: A document of the options cannot be read.
    """

    def __init__(self, options: Options) -> None:
        shipped = (*hailuo_models(options.hailuo_image), *OTHER_MODELS)
        # The first of a name counts: a document never replaces a model of ours.
        self._models: dict[tuple[str, str], Model] = {}
        for model in (*shipped, *read_models(options.openapi)):
            self._models.setdefault(model.clean, model)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def find(self, owner: str, project: str) -> Model | None:
        """The model with that slug: raw, clean, or a mixture of both."""
        return self._models.get((clean_slug(owner), clean_slug(project)))

    def named(self, slug: str) -> Model | None:
        """The model with that slug, ``owner/project``; ``None`` if it is no longer offered."""
        return self.find(*slug.split("/"))

    def search(self, text: str) -> list[Model]:
        """The models that any word of a text is found in, those that match best first.

        Words count in the slug and the title, then in the categories, then in the description;
        a whole category, however it is spelled, counts most. The service's own order is unknown.
        """
        words = [word for word in _words(text) if word not in _SMALL_WORDS] or _words(text)
        phrase = " ".join(_words(text))
        if not words:
            return [*self]
        ranked = [(_rank(model, words, phrase), model) for model in self]
        found = [(rank, model) for rank, model in ranked if rank]
        return [model for _, model in sorted(found, key=lambda one: one[0], reverse=True)]


def _rank(model: Model, words: list[str], phrase: str) -> int:
    categories = [" ".join(_words(category)) for category in model.categories]
    places = (
        (9, f"{model.slug} {model.owner} {model.project} {model.title}"),
        (3, " ".join(categories)),
        (1, model.description),
    )
    found = [(weight, set(_words(text))) for weight, text in places]
    hits = [max((w for w, there in found if _has(there, word)), default=0) for word in words]
    return sum(hits) * len([hit for hit in hits if hit]) + 30 * (phrase in categories)


def _has(words: set[str], wanted: str) -> bool:
    """Whether a word is there, or the beginning of one."""
    return any(word.startswith(wanted) for word in words)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())
