"""The parts of one running Errera, put together."""

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from domain.references import vault_ids
from domain.timeline import correction_of
from events.catalogue import EVENT_TYPES
from events.codec import Codec
from events.log.keys import open_keys
from events.projections.runner import Projector
from events.store.database import Database
from events.store.port import CommandRecord
from events.store.sql import SqlStore
from events.vault.access import AccessLog
from events.vault.ledger import Ledger
from events.vault.vault import Vault
from service import read_models
from service.audit import Audit
from service.auth.calendars import Calendars
from service.auth.tokens import Tokens
from service.differences import Differences
from service.erasing import Erasing
from service.folds import Folds
from service.mailing import Mailing
from service.publishing import Publishing
from service.settings import Settings

_SECONDS_COUNTED: Final = 2.0
"""How long the store's clock is counted on before it is asked again."""


@dataclass(slots=True)
class _Clock:
    """What the clock of a PostgreSQL said, without the offset, and when on ours: asking costs more than deciding."""

    said: datetime | None = None
    heard: float = 0
    ask_again: float = 0


@dataclass(frozen=True, slots=True)
class Errera:
    """Everything that a command, a read or a tick needs."""

    settings: Settings
    store: SqlStore
    projector: Projector
    vault: Vault
    access: AccessLog
    erasing: Erasing
    tokens: Tokens
    audit: Audit
    publishing: Publishing
    mailing: Mailing
    secret: bytes
    """Keys the hashes in command records and cursors; made with the vault, and in no database in clear."""
    in_flight: set[str] = field(default_factory=set)
    """The keyed commands that this process is carrying out right now."""
    folds: Folds = field(default_factory=Folds)
    differences: Differences = field(default_factory=Differences)
    _clock: _Clock = field(default_factory=_Clock)

    @property
    def calendars(self) -> Calendars:
        """The calendars that people have the address of."""
        return Calendars(self.tokens)

    def keyed_hash(self, *parts: str | bytes) -> bytes:
        """HMAC-SHA-256 of the parts under this installation's secret."""
        digest = hmac.new(self.secret, digestmod=hashlib.sha256)
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            digest.update(len(raw).to_bytes(8, "big") + raw)
        return digest.digest()

    async def now(self) -> datetime:
        """The store's clock; never ahead of it."""
        database, clock = self.store.database, self._clock
        if database.sqlite:
            return await self.store.now()
        if clock.said is None or time.monotonic() > clock.ask_again:
            clock.ask_again = time.monotonic() + _SECONDS_COUNTED  # meanwhile others count on
            said = await self.store.now() - database.offset
            clock.said, clock.heard = said, time.monotonic()
        return clock.said + timedelta(seconds=time.monotonic() - clock.heard) + database.offset

    def day_of(self, instant: datetime) -> date:
        """The day it is on the agency's wall clock."""
        return instant.astimezone(self.settings.zone).date()

    async def recover(self) -> None:
        """Finish what a killed process left: vault rows whose command was recorded stay, the others go."""
        for command_id, ids in (await self.vault.unbound()).items():
            done = await self.store.command(command_id)
            named = set(await self._named_by(done)) if done else set()
            await self.vault.settle(named & set(ids), set(ids) - named)

    async def _named_by(self, done: CommandRecord) -> Iterable[str]:
        if done.first_position is None or done.last_position is None:
            return []
        count = done.last_position - done.first_position + 1
        recorded = await self.store.read_log(done.first_position - 1, count)
        return [row_id for one in recorded for row_id in vault_ids(one.event)]


@asynccontextmanager
async def open_house(
    settings: Settings, *, offset: timedelta = timedelta(), other_keys: bool = False, anew: bool = False
) -> AsyncIterator[Errera]:
    """Open store, vault and tokens, creating what is missing and upgrading what an older release made.

    With `other_keys` the key file may hold others than signed until now; with `anew` the log may be another than was
    published.
    Raises StoreLockedError, VaultKeyError, LogKeyError, UnknownEventError, SchemaTooNewError, UpgradeFailedError.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.store_url, offset=offset, pooled=settings.database_pooled)
    vault_database = Database(settings.vault_place, offset=offset, pooled=settings.database_pooled)
    codec = Codec(EVENT_TYPES)
    store = SqlStore(database, codec)
    projector = Projector(store, read_models.ALL, partial(correction_of, revive=codec.revive))
    publishing: Publishing | None = None
    try:
        database.acquire()
        vault = Vault(vault_database, settings.vault_keys)
        tokens = Tokens(database)
        await store.open()
        await vault.open()
        await tokens.open()
        await projector.open()
        access = AccessLog(vault)
        mailing = Mailing(settings, store, vault, access)
        await mailing.outbox.open()
        origin = None if anew else settings.log_origin
        keys = await open_keys(database, settings.log_key, origin, instead=other_keys)
        audit = Audit(store, keys)
        publishing = Publishing(settings, store, audit)
        if not anew:
            await publishing.check_folder()
        house = Errera(
            settings=settings,
            store=store,
            projector=projector,
            vault=vault,
            access=access,
            erasing=Erasing(store, vault, Ledger(settings.ledger_dir), tokens),
            tokens=tokens,
            audit=audit,
            publishing=publishing,
            mailing=mailing,
            secret=vault.secret,
        )
        await house.recover()
        if not anew:  # a log that begins anew says so first
            await house.erasing.restored()
        await house.erasing.tick()
        yield house
    finally:
        if publishing is not None:
            await publishing.close()
        await projector.close()
        await database.dispose()
        await vault_database.dispose()
