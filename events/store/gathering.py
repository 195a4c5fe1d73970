"""Streams that many ask for at the same time are read in one question.

Whoever asks while nobody else does is answered at once, by itself. Nothing is kept: an answer was read after it was
asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from events.store.batch import Row

_Answers = Mapping[str, Sequence[Row]]


class Gathering:
    """Reads of one stream each. `one` reads one, `several` several in one question, with the stream's name first."""

    def __init__(
        self,
        one: Callable[[str], Awaitable[Sequence[Row]]],
        several: Callable[[Sequence[str]], Awaitable[Sequence[tuple[str, int, int, bytes]]]],
    ) -> None:
        self._one = one
        self._several = several
        self._reading = False
        self._asked: dict[str, list[Row]] = {}
        self._answers: asyncio.Task[_Answers] | None = None

    async def rows(self, stream: str) -> Sequence[Row]:
        """A stream in order."""
        if not self._reading:
            self._reading = True
            try:
                return await self._one(stream)
            finally:
                self._reading = False
        self._asked.setdefault(stream, [])
        if self._answers is None:  # it begins once all who are about to ask have asked
            self._answers = asyncio.create_task(self._ask())
        return (await asyncio.shield(self._answers))[stream]

    async def _ask(self) -> _Answers:
        asked, self._asked, self._answers = self._asked, {}, None
        for stream, position, recorded_at, body in await self._several(list(asked)):
            asked[stream].append((position, recorded_at, body))
        return asked
