"""The models that the sandbox offers, by any spelling of their slug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wiro_widgets.sandbox.ids import clean_slug

from .hailuo import hailuo_models
from .others import OTHER_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wiro_widgets.sandbox.options import Options

    from .models import Model


class Catalog:
    """All models, in the order of ``Tool/List``."""

    def __init__(self, options: Options) -> None:
        models = (*hailuo_models(options.hailuo_image), *OTHER_MODELS)
        self._models = {model.clean: model for model in models}

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def find(self, owner: str, project: str) -> Model | None:
        """The model with that slug: raw, clean, or a mixture of both."""
        return self._models.get((clean_slug(owner), clean_slug(project)))

    def named(self, slug: str) -> Model | None:
        """The model with that slug, ``owner/project``; ``None`` if it is no longer offered."""
        return self.find(*slug.split("/"))
