"""Carrying out what the log says is erased: its tokens revoked, noted in the ledger, destroyed in the vault, forgotten
by the database.

The event comes first: from then on the person is erased, and whatever was killed on the way is gone on with, at the
next start or the next tick. Following the log, rather than the command, also erases what another process recorded.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from domain.person import names
from domain.streams import of_person
from events.catalogue.person import PersonErased, PersonRegistered
from events.catalogue.retention import DispositionApproved
from events.catalogue.values import IsoDate, PersonId
from events.envelope import Context, Recorded
from events.store.port import ReadOnlyStoreError
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from events.vault.access import REASON, AccessLog
from events.vault.destroying import Destroyer
from events.vault.ledger import Ledger
from events.vault.schema import PROGRESS
from events.vault.vault import Vault
from service.auth.tokens import Tokens

ACTOR: Final = "system:restore"
_FOLLOWED: Final = "destructions"
_SAME: Final = b"erasure ledger"
_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Erasing:
    """What is erased in one register."""

    store: SqlStore
    vault: Vault
    ledger: Ledger
    tokens: Tokens

    @property
    def destroyer(self) -> Destroyer:
        """Of this vault."""
        return Destroyer(self.vault)

    async def tick(self) -> None:
        """Destroy what the log says by now, and see whether what was pending is complete."""
        with suppress(ReadOnlyStoreError):  # a register that has moved: where it is now, it is done
            await self.follow()
            await self.destroyer.complete()

    async def follow(self) -> None:
        """Read on where the last one stopped, and destroy what is to be."""
        table = self.vault.table(PROGRESS)
        async with self.vault.database.read() as connection:
            after = await connection.scalar(sa.select(table.c.position).where(table.c.name == _FOLLOWED))
        size = (await self.store.head()).size
        if after == size:
            return
        if after is not None and after > size:
            after = await self._from_the_beginning()
        for category in ("person", "disposition"):
            position = after or 0
            while batch := await self.store.read_category(category, position, _MANY):
                for one in batch:
                    await self._carry_out(one)
                position = batch[-1].position
        async with self.vault.database.write() as connection:
            await connection.execute(self.vault.database.insert_once(table).values(name=_FOLLOWED, position=0))
            await connection.execute(
                table.update().where(table.c.name == _FOLLOWED, table.c.position < size).values(position=size)
            )

    async def _from_the_beginning(self) -> int:
        """An older log was put beside this vault: what it goes on with is to be read, at positions that were passed."""
        table = self.vault.table(PROGRESS)
        async with self.vault.database.write() as connection:
            await connection.execute(table.update().where(table.c.name == _FOLLOWED).values(position=0))
        return 0

    async def restored(self) -> None:
        """A backup that was put back holds who was erased after it: erase them again, before anybody is served."""
        with suppress(ReadOnlyStoreError):
            for noted in self.ledger.entries():
                await self._again(noted)

    async def _again(self, noted: Mapping[str, Any]) -> None:
        if "textIds" in noted:
            if texts := await self.vault.existing(noted["textIds"]):
                await self.destroyer.destroy(noted["destructionId"], 0, ids=sorted(texts), about=None)
            return
        await self.tokens.revoke_of(noted["personId"])
        if not self.store.read_only:
            context = Context(command_id=f"ledger.{noted['requestId']}", actor=ACTOR)
            await transact(self.store, context, _SAME, partial(_declare, noted=noted))
        if held := await self.vault.about(noted["personId"]):
            ids = [*held, *await self._reasons(noted["personId"])]
            await self.destroyer.destroy(noted["requestId"], 0, ids=ids, about=noted["personId"])

    async def _carry_out(self, one: Recorded[Any]) -> None:
        match one.event:
            case PersonErased():
                await self._erase(one)
            case DispositionApproved(text_ids=ids) if ids:
                destruction_id = f"disposition.{one.position}.{one.event_id}"
                self.ledger.note(destruction_id, {"destructionId": destruction_id, "textIds": list(ids)})
                await self.destroyer.destroy(destruction_id, one.position, ids=ids, about=None)
            case _:
                pass

    async def _erase(self, one: Recorded[PersonErased]) -> None:
        event = one.event
        await self.tokens.revoke_of(event.person_id)
        self.ledger.note(event.request_id, _noted(event))
        ids = [event.person_id, *await self._reasons(event.person_id)]
        await self.destroyer.destroy(event.request_id, one.position, ids=ids, about=event.person_id)

    async def _reasons(self, person_id: str) -> Sequence[str]:
        """Why others read, where they named this person in saying so; who read what, and when, stays."""
        content = (await self.vault.compared([person_id])).get(person_id)
        if content is None:
            return []
        own = await AccessLog(self.vault).reasons(person_id)
        said = await self.vault.compared(await self.vault.ids(REASON))
        return [one for one, reason in said.items() if names(reason["text"], content, in_part=one in own)]


def _noted(event: PersonErased) -> Mapping[str, Any]:
    facts = {
        "personId": event.person_id,
        "requestId": event.request_id,
        "legalGround": event.legal_ground,
        "selectionRule": event.selection_rule,
        "requestedBy": event.requested_by,
        "requestedOn": event.requested_on,
        "executedBy": event.executed_by,
        "erasedOn": event.erased_on,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


async def _declare(work: Work, noted: Mapping[str, Any]) -> None:
    """The declaration, where the log that was put back does not have it."""
    stream = of_person(PersonId(noted["personId"]))
    [recorded] = await work.read(stream)
    events = [one.event for one in recorded]
    if not any(isinstance(event, PersonRegistered) for event in events):
        return
    if any(isinstance(event, PersonErased) for event in events):
        return
    work.append(
        stream,
        PersonErased(
            person_id=PersonId(noted["personId"]),
            request_id=noted["requestId"],
            legal_ground=noted["legalGround"],
            selection_rule=noted.get("selectionRule"),
            requested_by=noted["requestedBy"],
            requested_on=IsoDate(noted["requestedOn"]),
            executed_by=noted["executedBy"],
            erased_on=IsoDate(noted["erasedOn"]),
        ),
    )
