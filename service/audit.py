"""The transparency log of this house: sealed in the background, read and proved here."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import sqlalchemy as sa

from events.envelope import to_micros
from events.log.checkpoint import VerifierKey
from events.log.keys import LogKeys
from events.log.sealed import NotSealedError, Sealed, SealedLog
from events.log.sealing import Sealer
from events.store.following import Growth
from events.store.port import StoreUnavailableError
from events.store.schema import log_keys
from events.store.sql import SqlStore
from service.ending import attempt, end

SECONDS_TO_WAIT: Final = 5.0
"""How long one waits for a checkpoint, who asks for that."""


class Audit:
    """Checkpoints and proofs, and the task that makes the next checkpoint."""

    def __init__(self, store: SqlStore, keys: LogKeys) -> None:
        self._store = store
        self.log = SealedLog(store, store.database)
        self.keys = keys
        self._sealer = Sealer(store, keys, self._noted)
        self._growth = Growth(self._sealed_size)

    @property
    def verifiers(self) -> Sequence[VerifierKey]:
        """The public keys of those that sign, the newest first."""
        return [key.verifier for key in self.keys.keys]

    async def known_keys(self) -> Sequence[VerifierKey]:
        """The public keys of all that sign or did."""
        async with self._store.database.read() as connection:
            return [VerifierKey.parse(one) for one in await connection.scalars(sa.select(log_keys.c.verifier))]

    @property
    def failing(self) -> str | None:
        """Why this process cannot seal, if so."""
        return self._sealer.failing

    async def latest(self) -> Sealed:
        """The newest checkpoint. Raises NotSealedError before there is any."""
        newest = await self.log.newest()
        if newest is None:
            raise NotSealedError(0, 0)
        self._growth.note(newest.checkpoint.size)
        return newest

    async def sealed(self, position: int, seconds: float | None = None) -> Sealed | None:
        """A checkpoint that covers the position, once there is one; None where it takes longer, by default five."""
        if not await self._growth.wait(position - 1, SECONDS_TO_WAIT if seconds is None else seconds):
            return None
        return await self.latest()

    async def lag(self) -> tuple[int, float]:
        """How many entries are sealed, and how many seconds ago the first that is not was recorded."""
        size = await self.log.size()
        waiting = await self._store.read_bodies(size, 1)
        if not waiting:
            return size, 0
        _, recorded_at, _ = waiting[0]
        return size, max(0.0, (to_micros(await self._store.now()) - recorded_at) / 1_000_000)

    async def tlog_proof(self, position: int) -> bytes:
        """That the event is in the log, as a file that is checked without us. Raises NotSealedError."""
        _, proof = await self.log.inclusion_proof(position)
        return proof.text()

    async def seal(self) -> None:
        """Seal what is there now, unless another process does."""
        while await self._sealer.seal():
            pass

    @asynccontextmanager
    async def sealing(self, seconds: float) -> AsyncIterator[None]:
        """Meanwhile the log is sealed, about that often."""
        task = asyncio.create_task(self._sealer.run(seconds))
        try:
            yield
        finally:
            await end(task)
            await attempt(self._sealer.release())  # else the lease runs out by itself

    async def _sealed_size(self) -> int:
        try:
            return await self.log.size()
        except (OSError, sa.exc.SQLAlchemyError) as error:
            raise StoreUnavailableError(str(error)) from error

    def _noted(self, sealed: Sealed) -> None:
        self._growth.note(sealed.checkpoint.size)
