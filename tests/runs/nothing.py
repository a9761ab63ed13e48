"""A lock that locks nothing, to see whether anybody notices.

It gives the processor away where a lock would be taken: two threads that may meet inside will.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self


class Nothing:
    """Stands in for a Lock, an RLock or a Condition."""

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def acquire(self, *_: object, **__: object) -> bool:
        time.sleep(0)
        return True

    def release(self) -> None:
        pass

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(min(0.01, timeout or 0.01))
        return True

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        deadline = None if timeout is None else time.monotonic() + timeout
        while not (value := predicate()):
            if deadline is not None and time.monotonic() > deadline:
                break
            self.wait()
        return value

    def notify(self, n: int = 1) -> None:
        pass

    notify_all = notify

    def _is_owned(self) -> bool:
        return True
