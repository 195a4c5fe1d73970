"""Checkpoints of this house on their way out, and what was published before beside the log as it is now."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import httpx
import structlog

from events.log.continuity import Mismatch, mismatch
from events.log.former import former_origins
from events.log.sealed import SealedLog
from events.store.sql import SqlStore
from schedulers.publishing.destinations import (
    Address,
    Destination,
    Folder,
    MismatchError,
    Witnessed,
    day_checkpoints,
    read_checkpoint,
)
from schedulers.publishing.publisher import Publisher, Standing, publishing
from service.audit import Audit
from service.settings import Settings

_log = structlog.get_logger(__name__)

_FOLDER: Final = "ERRERA_LOG_PUBLISH_DIR"
"""What the folder is called where everybody reads it."""
_SECONDS_AT_START: Final = 5.0
"""How long the start waits for what witnesses have seen."""


class Publishing:
    """Where the checkpoints of this house go."""

    def __init__(self, settings: Settings, store: SqlStore, audit: Audit) -> None:
        self._store = store
        self._log: SealedLog = audit.log
        self._origin = audit.keys.origin
        self._folder = settings.log_publish_dir
        self._client: httpx.AsyncClient | None = None
        self.publishers = [
            Publisher(store.database, audit.log, one, settings.log_publish_seconds, self._differs, self._allowed)
            for one in self._destinations(settings, audit)
        ]

    def _destinations(self, settings: Settings, audit: Audit) -> Sequence[Destination]:
        found: list[Destination] = []
        if settings.log_publish_dir:
            found.append(Folder(settings.log_publish_dir, audit.keys.verifiers, _FOLDER))
        if settings.log_publish_url or settings.witnesses:
            self._client = httpx.AsyncClient(follow_redirects=False)
            if settings.log_publish_url:
                found.append(Address(settings.log_publish_url, self._client))
            found += [Witnessed(one, audit.log, self._client) for one in settings.witnesses]
        return found

    def _allowed(self) -> bool:
        """What was published is not to be covered by what is another log."""
        return self._store.read_only is None

    def _differs(self, destination: Destination, error: MismatchError) -> None:
        """A witness has seen another log under this name, or more of it."""
        size = self._store.size
        beyond = error.code == "beyond"
        position = size + 1 if beyond else 1
        self._store.refuse(str(Mismatch(error.size, position, shorter=beyond, where=destination.shown)))

    async def check_folder(self) -> None:
        """Compare the log with what lies in the folder; where it is another, nothing is written from now on."""
        if self._folder is None or not (self._folder / "checkpoint").is_file():
            return
        published = await asyncio.to_thread(read_checkpoint, self._folder)
        if published is None:
            self._store.refuse(f"the checkpoint in {_FOLDER} is none: look who wrote it, and put the right one back")
            return
        if published.origin != self._origin:
            async with self._store.database.read() as connection:
                former = await former_origins(connection)
            if published.origin not in former:
                self._store.refuse(f"{_FOLDER} holds checkpoints of another log, {published.origin}: give another one")
            return
        earlier = await asyncio.to_thread(day_checkpoints, self._folder, self._origin)
        found = await mismatch(self._store, self._log, published, _FOLDER, earlier)
        if found is not None:
            self._store.refuse(str(found))

    async def ask_witnesses(self) -> None:
        """Hear from the witnesses, as far as they answer soon, whether the log goes on from what they saw.

        Who publishes asks the others again, until they have answered.
        """
        witnesses = [one for one in self.publishers if isinstance(one.destination, Witnessed)]
        for one in witnesses:
            one.unheard = True
        asked = [asyncio.create_task(one.publish(again=True)) for one in witnesses]
        if asked:
            done, late = await asyncio.wait(asked, timeout=_SECONDS_AT_START)
            for task in late:
                task.cancel()
            for outcome in await asyncio.gather(*done, *late, return_exceptions=True):
                if isinstance(outcome, Exception):
                    _log.warning("publishing.witness.notHeard", reason=str(outcome))

    async def standings(self) -> Sequence[tuple[str, Standing]]:
        """How far each destination is."""
        return [(one.destination.shown, await one.standing()) for one in self.publishers]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Meanwhile checkpoints go out."""
        async with publishing(self.publishers):
            yield

    async def close(self) -> None:
        """No connection stays open."""
        if self._client is not None:
            await self._client.aclose()
