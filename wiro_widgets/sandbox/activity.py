"""Who uses the server: requests under way, leases, and when the last of them ended."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Activity:
    """Counts uses; a lease is simply a very long one."""

    def __init__(self) -> None:
        self._uses = 0
        self.last = time.monotonic()
        """When the last use began or ended, on the monotonic clock."""

    @property
    def is_quiet(self) -> bool:
        """Whether no use is under way."""
        return self._uses == 0

    @contextmanager
    def use(self) -> Iterator[None]:
        """Count one use for as long as the block lasts."""
        self._uses += 1
        self.last = time.monotonic()
        try:
            yield
        finally:
            self._uses -= 1
            self.last = time.monotonic()
