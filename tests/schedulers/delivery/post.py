"""A register that sends mail, and a real mail server of this machine that takes it."""

import asyncio
import email
import email.policy
import ssl
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Final

import sqlalchemy as sa
from aiosmtpd.smtp import SMTP

from events.catalogue.partner import AccountManagerAssigned
from events.catalogue.policy import ProgrammeManagersNamed
from events.catalogue.reminder import ReminderRaised
from events.store.database import Database
from events.vault.access import AccessLog
from events.vault.vault import Vault
from schedulers.delivery.draining import Drain
from schedulers.delivery.smtp import MailServer, Tls
from schedulers.outbox.following import Following
from schedulers.outbox.rows import Mail, Outbox, Row
from schedulers.outbox.tables import outbox
from service.settings import vault_url_of
from tests.domain import facts
from tests.schedulers.registers import BRUSSELS, Register, open_register, own_offsets
from tests.spec import made

KEY: Final = bytes(range(32))
SENDER: Final = Address("Errera", addr_spec="errera@agency.example")
ANN: Final = "ann@agency.example"
BOB: Final = "bob@agency.example"


@dataclass
class Inbox:
    """What a mail server took. `answers`: what it says to a recipient, one time after the other; then it takes it."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    to_data: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    holding: asyncio.Event | None = None
    """Where there is one, the server answers to a message when it is set."""
    handed: asyncio.Event = field(default_factory=asyncio.Event)
    """A message is being handed over."""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd
        said = self.answers.get(address)
        if said:
            return said.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.handed.set()
        if self.holding is not None:
            await self.holding.wait()
        if self.to_data:
            return self.to_data.pop(0)
        self.taken += [(recipient, message) for recipient in envelope.rcpt_tos]
        self.encrypted.append(session.ssl is not None)
        return "250 2.0.0 taken"

    @property
    def to(self) -> Sequence[str]:
        return [recipient for recipient, _ in self.taken]

    @property
    def message_ids(self) -> Sequence[str]:
        return [message["Message-ID"] for _, message in self.taken]


@asynccontextmanager
async def mail_server(inbox: Inbox, **how: Any) -> AsyncIterator[int]:
    """Its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, loop=loop, hostname="mail.example", **how), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@dataclass
class Post:
    """One register, its vault, its outbox and its way out."""

    register: Register
    vault: Vault
    access: AccessLog
    rows: Outbox
    following: Following
    port: int
    drain: Drain

    def drain_of(self, tls: Tls = "none", context: ssl.SSLContext | None = None, port: int | None = None) -> Drain:
        """Another process's, or to another server."""
        server = MailServer("127.0.0.1", port or self.port, tls, SENDER.addr_spec, context=context)
        return Drain(self.register.store, self.rows, self.vault, self.access, server, SENDER, BRUSSELS)

    async def person(self, name: str, address: str | None = None, language: str | None = None) -> str:
        said = {"name": name, "email": address, "language": language}
        content = {key: value for key, value in said.items() if value is not None}
        person_id, _ = await self.vault.put("person", content, command_id=uuid.uuid4().hex, bound=True)
        return person_id

    async def managers(self, *person_ids: str) -> None:
        """They are the programme managers from now on."""
        event = made(ProgrammeManagersNamed, person_ids=person_ids, named_on=self.today)
        await self.register.happen("programme-people", event)

    async def account_manager(self, person_id: str, since: str = "2025-01-01", partner_id: str = "agoria") -> None:
        stream = f"partner-{partner_id}"
        if not self.register.versions[stream]:
            await self.register.happen(stream, facts.added(partner_id=partner_id, name="Agoria & Co"))
        event = made(AccountManagerAssigned, partner_id=partner_id, person_id=person_id, effective_on=since)
        await self.register.happen(stream, event)

    async def an_agreement_that_ends(self) -> ReminderRaised:
        """The reminder of it, raised on 1 December 2026, for the account manager."""
        self.register.at("2026-11-22 12:00")
        await self.register.cohort(terms=own_offsets(agreementEnd=("P30D",)))
        await self.register.agreement(runs_until="2026-12-31")
        return await self.raise_at("2026-12-01 09:00")

    async def a_moment(self) -> ReminderRaised:
        """The reminder of a meeting on 16 December at nine, raised ten days before, for the programme managers."""
        self.register.at("2026-11-22 12:00")
        await self.register.cohort(terms=own_offsets(consultation=("P10D",)))
        await self.register.moment(starts_at="2026-12-16T09:00:00+01:00", place="Errerahuis, <zaal 1>")
        return await self.raise_at("2026-12-06 09:00")

    async def raise_at(self, wall: str) -> ReminderRaised:
        self.register.at(wall)
        before = len(await self.register.raised())
        await self.register.tick()
        [raised] = (await self.register.raised())[before:]
        return raised

    async def send(self, drain: Drain | None = None) -> int:
        await self.following.follow()
        return await (drain or self.drain).drain()

    async def later(self, **by: float) -> None:
        self.register.at(self.register.database.instant + timedelta(**by))

    async def row(self) -> Row:
        [row], _ = await self.rows.page(None, 0, 10)
        return row

    async def mails(self) -> Sequence[Mail]:
        row = await self.row()
        return (await self.rows.mails([row.id]))[row.id]

    async def ids(self) -> Sequence[str]:
        async with self.register.database.read() as connection:
            return list(await connection.scalars(sa.select(outbox.c.id).order_by(outbox.c.position)))

    @property
    def today(self) -> str:
        return self.register.database.instant.astimezone(BRUSSELS).date().isoformat()


@asynccontextmanager
async def open_post(url: str, port: int) -> AsyncIterator[Post]:
    """Over a register, with the mail server of that port."""
    apart = Database(vault_url_of(url))
    try:
        async with open_register(url) as register:
            vault = Vault(apart, KEY)
            await vault.open()
            access, rows = AccessLog(vault), Outbox(register.database)
            await rows.open()
            server = MailServer("127.0.0.1", port, "none", SENDER.addr_spec)
            drain = Drain(register.store, rows, vault, access, server, SENDER, BRUSSELS)
            yield Post(register, vault, access, rows, Following(register.store), port, drain)
    finally:
        await apart.dispose()
