"""Mail of this house: the outbox that follows the log, and its way out."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from events.envelope import to_micros
from events.store.sql import SqlStore
from events.vault.access import AccessLog
from events.vault.vault import Vault
from schedulers.delivery.draining import Drain
from schedulers.outbox.following import Following
from schedulers.outbox.rows import Outbox, Totals
from service.settings import Settings

_log = structlog.get_logger(__name__)

_LOOKS: Final = 1.0
"""Seconds between two looks whether there is something to send."""


class Mailing:
    """The outbox, whether or not there is a mail server."""

    def __init__(self, settings: Settings, store: SqlStore, vault: Vault, access: AccessLog) -> None:
        self.outbox = Outbox(store.database)
        self._store = store
        self._following = Following(store)
        server, sender = settings.mail_server, settings.sender
        self.set_up = server is not None
        self._drain = Drain(store, self.outbox, vault, access, server, sender, settings.zone, settings.language)
        self._failing: str | None = None

    @property
    def failing(self) -> str | None:
        """Why nothing goes out, if so."""
        return self._failing or self._drain.failing

    async def standing(self) -> tuple[Totals, float]:
        """How the outbox is, and for how many seconds the oldest waits that could be sent."""
        now = to_micros(await self._store.now())
        totals = await self.outbox.totals(now)
        return totals, 0 if totals.oldest is None else max(now - totals.oldest, 0) / 1_000_000

    async def once(self) -> int:
        """Bring the outbox up to the log and send what may be sent. Returns how many mails were accepted."""
        if self._store.read_only:
            return 0
        await self._following.follow()
        return await self._drain.drain()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Meanwhile mail goes out."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - the next try may do better; health tells
                reason = type(error).__name__
                if reason != self._failing:
                    _log.exception("mailing.failed")
                self._failing = reason
            else:
                self._failing = None
            await asyncio.sleep(_LOOKS * random.uniform(0.75, 1.25))  # noqa: S311 - spreads work, hides no secret
