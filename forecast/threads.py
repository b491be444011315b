"""Linear algebra on one thread: sums over threads differ in the last digits from machine to machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

from threadpoolctl import threadpool_limits


class _Limits:
    """Limits of the process and how many are in need of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._stack = ExitStack()

    def enter(self) -> None:
        with self._lock:
            # Each entry limits anew, for a library may have been loaded since the one before.
            self._stack.enter_context(threadpool_limits(1))
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._stack.close()


_limits = _Limits()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra to one thread inside this context.

    The limits are those of the whole process, so contexts that overlap in several threads of Python
    share them: what was before the first is restored when the last one ends.
    """
    _limits.enter()
    try:
        yield
    finally:
        _limits.leave()
