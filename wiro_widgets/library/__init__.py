"""What is kept of runs: the journal, the files, ratings and spending. Called, it opens one.

``ww.library(...)`` is a function to those who use it, and by Python's rules this package is what
``wiro_widgets.library`` names. So the package can be called.
"""

import importlib
import sys
from types import ModuleType
from typing import Any


class _CallablePackage(ModuleType):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """See `wiro_widgets.api.library`."""
        return importlib.import_module("wiro_widgets.api").library(*args, **kwargs)


library = sys.modules[__name__]
library.__class__ = _CallablePackage
