"""The models the sandbox offers, found by any spelling of their slug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wiro_widgets.sandbox.names import clean_slug

from .hailuo import hailuo_models
from .openapi import read_models
from .others import other_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wiro_widgets.sandbox.options import Options

    from .model import Model


class Catalog:
    """All models, in the order ``Tool/List`` gives them."""

    def __init__(self, options: Options) -> None:
        models = [*hailuo_models(options.hailuo_image), *other_models()]
        self._models = {model.clean: model for model in models}
        if options.openapi is not None:
            for model in read_models(options.openapi):
                # A document is nearer to the service than what is written down here.
                self._models[model.clean] = model

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def find(self, owner: str, project: str) -> Model | None:
        """The model of that slug: raw, clean, or a mixture of both."""
        return self._models.get((clean_slug(owner), clean_slug(project)))
