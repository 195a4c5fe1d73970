"""Stretches looked at by several processes at once, handed over in the order in which they stand in the log."""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol, TypeVar

from events.log.verification.places import Opened, Place

T = TypeVar("T")

_MOST: Final = 8
_AHEAD: Final = 2
"""Pieces of work for each process that wait or are done and not yet handed over."""

_opened: Opened | None = None
"""In a process of the pool: the place, open."""


class Workers(Protocol):
    """Who does pieces of work on an open place."""

    def in_order(self, work: Iterator[Callable[[Opened], T]]) -> Iterator[T]:
        """The outcomes, in the order of the work."""
        ...

    def aside(self, work: Callable[[Opened], T]) -> Callable[[], T]:
        """Work beside the rest; what is returned waits for its outcome."""
        ...


class Alone:
    """This process."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def in_order(self, work: Iterator[Callable[[Opened], T]]) -> Iterator[T]:
        """See Workers."""
        for one in work:
            yield self._do(one)

    def aside(self, work: Callable[[Opened], T]) -> Callable[[], T]:
        """See Workers."""
        return lambda: self._do(work)

    def _do(self, work: Callable[[Opened], T]) -> T:
        """Rows and what is read of them hold no cycles, and are many: looking for some costs more than reading does."""
        was = gc.isenabled()
        gc.disable()
        try:
            return work(self._opened)
        finally:
            if was:
                gc.enable()


class Several:
    """Processes of a pool."""

    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool = pool
        self._count = count

    def in_order(self, work: Iterator[Callable[[Opened], T]]) -> Iterator[T]:
        """See Workers."""
        waiting: deque[Future[T]] = deque()
        try:
            for one in work:
                waiting.append(self._pool.submit(_do, one))
                if len(waiting) > self._count * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for left in waiting:
                left.cancel()

    def aside(self, work: Callable[[Opened], T]) -> Callable[[], T]:
        """See Workers."""
        return self._pool.submit(_do, work).result


def processes(pieces: int) -> int:
    """How many are worth it: as many as the machine has cores for us, and one where a log is short."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _MOST, pieces // _AHEAD))


@contextmanager
def workers(place: Place, opened: Opened, count: int) -> Iterator[Workers]:
    """So many processes, each with the place open; one is this one, with what it has open."""
    if count == 1:
        yield Alone(opened)
        return
    context = multiprocessing.get_context("fork")  # the sums of hashes of text only agree between forks of one process
    pool = ProcessPoolExecutor(count, context, _begin, (place,))
    try:
        yield Several(pool, count)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(place: Place) -> None:
    global _opened  # noqa: PLW0603 - a pool has no other place for what each of its processes keeps open
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts speaks to the process that hands out the work
    gc.disable()  # as in Alone
    holding = place.open()
    _opened = holding.__enter__()
    _kept.append(holding)


_kept: list[AbstractContextManager[Opened]] = []


def _do(work: Callable[[Opened], T]) -> T:
    if _opened is None:
        raise RuntimeError("the place is not open")
    return work(_opened)
