"""Sending what the outbox holds: one process at a time, one mail a person, again where it was put off.

Each mail is noted before it is handed over and after, on condition that the lease is still ours. Where a process dies
in between, the mail goes out again, under the same Message-ID.
"""

import asyncio
import hashlib
import hmac
import random
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from email.headerregistry import Address
from typing import Final

import structlog

from domain import calendar
from domain.labels import Language
from events.envelope import to_micros
from events.store.leases import LONGEST, Lease, LeaseLostError
from events.store.sql import SqlStore
from events.vault.access import AccessLog
from events.vault.vault import Vault
from schedulers.delivery.message import compose
from schedulers.delivery.recipients import Recipient, Recipients
from schedulers.delivery.smtp import Accepted, AwayError, MailServer
from schedulers.delivery.standing import Gone, Later, Standing, Stands
from schedulers.delivery.telling import tell
from schedulers.outbox.rows import LONGEST_PAUSE, Mail, Outbox, Row

_log = structlog.get_logger(__name__)

TRIES: Final = 12
"""So often a mail is handed over that the server puts off, in about a day; then it is a dead letter."""
_AT_ONCE: Final = 50
_MINUTE: Final = 60_000_000
_HOUR: Final = 60 * _MINUTE
_LONGEST_AWAY: Final = 300.0


class _BusyError(Exception):
    """Another process sends."""


class Drain:
    """Sends from one outbox. Without a server rows wait, and nothing is lost."""

    def __init__(
        self,
        store: SqlStore,
        outbox: Outbox,
        vault: Vault,
        access: AccessLog,
        server: MailServer | None,
        sender: Address,
        zone: tzinfo,
        language: Language = "nl",
    ) -> None:
        self._store = store
        self._database = store.database
        self._outbox = outbox
        self._secret = vault.secret
        self._server = server
        self._sender = sender
        self._zone = zone
        self._standing = Standing(store, outbox, zone)
        self._recipients = Recipients(store, vault, access, outbox, language)
        self._lease = Lease(store.database, "outbox")
        self._away = 0
        self._not_before = 0.0
        self.failing: str | None = None
        """Why the server takes nothing."""

    async def drain(self) -> int:
        """Send what may be sent now, unless another process does. Returns how many mails were accepted."""
        loop, sent = asyncio.get_running_loop(), 0
        if self._server is None or self._store.read_only or loop.time() < self._not_before:
            return 0
        due = await self._outbox.due(to_micros(await self._store.now()), _AT_ONCE)
        if not due:
            return 0
        try:
            for row_id in due:
                sent += await self._deliver(row_id, self._server)
        except AwayError as error:
            self._away += 1
            pause = min(_LONGEST_AWAY, 2.0**self._away) * random.uniform(0.5, 1)  # noqa: S311 - spreads tries
            self._not_before, self.failing = loop.time() + pause, str(error)
            _log.warning("mail.serverAway", reason=str(error))
        except LeaseLostError:
            _log.warning("mail.leaseLost")
        except _BusyError:
            return sent
        else:
            self._away, self.failing = 0, None
        async with self._database.write(durable=False) as connection:
            await self._lease.release(connection)
        return sent

    async def _deliver(self, row_id: str, server: MailServer) -> int:
        now = await self._store.now()
        row = await self._take(row_id, now)
        if row is None:
            return 0
        try:
            return await self._send_row(row, server, now)
        except (AwayError, LeaseLostError):
            raise
        except Exception:  # noqa: BLE001 - whatever it is, one that fails never blocks another
            _log.exception("mail.failed", key=row_id)
            await self._settle(_put_off(row, "error", now))
            return 0

    async def _take(self, row_id: str, now: datetime) -> Row | None:
        async with self._database.write(durable=False) as connection:
            if not await self._lease.take(connection, LONGEST):
                raise _BusyError
            return await self._outbox.still_due(connection, row_id, to_micros(now))

    async def _send_row(self, row: Row, server: MailServer, now: datetime) -> int:
        match await self._standing.of(row, now):
            case Gone(reason):
                await self._settle(replace(row, state="dropped", reason=reason, settled_at=to_micros(now)))
                return 0
            case Later(at, reason):
                soon = min(at, now + timedelta(hours=1))  # the policy may change meanwhile
                await self._settle(replace(row, reason=reason, next_at=to_micros(soon)))
                return 0
            case Stands() as stands:
                return await self._send_all(row, stands, server, now)

    async def _send_all(self, row: Row, stands: Stands, server: MailServer, now: datetime) -> int:
        earlier = (await self._outbox.mails([row.id]))[row.id]
        done = {mail.person_id: mail for mail in earlier if mail.state in {"sent", "dead"}}
        sent = -sum(mail.state == "sent" for mail in done.values())
        while people := await self._recipients.of(row.role, stands.subject, frozenset(done)):
            for person in people:
                done[person.person_id] = await self._send(row, stands, person, server, now)
        sent += sum(mail.state == "sent" for mail in done.values())
        await self._settle(*_outcome(row, list(done.values()), await self._store.now()))
        return sent

    async def _send(self, row: Row, stands: Stands, person: Recipient, server: MailServer, now: datetime) -> Mail:
        timing = calendar.timing(stands.obligation, now, self._zone)
        told = tell(stands, timing, (row.role, person.role), person.language, self._zone)
        recipient, message_id = (person.name, person.address), self._message_id(row, person)
        message = compose(told, self._sender, recipient, message_id, now.astimezone(self._zone))
        mail = Mail(person.person_id, "trying", None, to_micros(now))
        async with self._database.write(durable=False) as connection:
            await self._lease.hold(connection)
            await self._lease.take(connection, LONGEST)  # for as long as handing over may take
            await self._outbox.note(connection, row.id, mail)
        answer = await server.send(person.address, message)
        at = to_micros(await self._store.now())
        if isinstance(answer, Accepted):
            mail = replace(mail, state="sent", at=at)
        else:
            mail = replace(mail, state="dead" if answer.for_good else "later", code=answer.code, at=at)
        async with self._database.write() as connection:
            await self._lease.hold(connection)
            await self._outbox.note(connection, row.id, mail)
            if not isinstance(answer, Accepted) and answer.address:
                await self._outbox.mark(connection, mail)
        return mail

    async def _settle(self, row: Row, *mails: Mail) -> None:
        async with self._database.write() as connection:
            await self._lease.hold(connection)
            await self._outbox.settle(connection, row)
            for mail in mails:
                await self._outbox.note(connection, row.id, mail)

    def _message_id(self, row: Row, person: Recipient) -> str:
        """The same for the same reminder and person, and it tells neither."""
        key = f"mail\0{row.id}\0{person.person_id}".encode()
        return f"{hmac.new(self._secret, key, hashlib.sha256).hexdigest()[:32]}@{self._sender.domain}"


def _outcome(row: Row, mails: list[Mail], at: datetime) -> tuple[Row, *tuple[Mail, ...]]:
    """How the row is after its mails; mails that were put off too often are dead."""
    later = [mail for mail in mails if mail.state == "later"]
    dead = [mail for mail in mails if mail.state == "dead"]
    if later:
        settled = _put_off(row, later[0].code or "", at)
        return (settled, *(replace(mail, state="dead") for mail in later if settled.state == "dead"))
    if dead:
        return (replace(row, state="dead", reason=dead[0].code, settled_at=to_micros(at)),)
    if mails:
        return (replace(row, state="sent", reason=None, settled_at=to_micros(at)),)
    waiting = replace(row, reason="noRecipient", failures=row.failures + 1)
    return (replace(waiting, next_at=to_micros(at) + _HOUR),)


def _put_off(row: Row, reason: str, at: datetime) -> Row:
    """Until later, each time for longer; after too many tries it is dead."""
    failures = row.failures + 1
    if failures >= TRIES:
        return replace(row, state="dead", reason=reason, failures=failures, settled_at=to_micros(at))
    pause = min(LONGEST_PAUSE, _MINUTE * 2 ** (failures - 1)) * random.uniform(0.5, 1)  # noqa: S311 - spreads tries
    return replace(row, reason=reason, failures=failures, next_at=to_micros(at) + round(pause))
