"""Who is told: the persons of a role as it is filled today, with their addresses from the vault."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.labels import Language
from domain.streams import PROGRAMME
from events.store.sql import SqlStore
from events.vault.access import AccessLog
from events.vault.reading import Reader, reading
from events.vault.vault import Vault
from schedulers.outbox.rows import Outbox
from schedulers.subjects import Subject

ACTOR = "system:scheduler"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told, and as what."""

    person_id: str
    name: str
    address: str
    language: Language
    role: str


class Recipients:
    """Finds them. Where nobody fills the role, or nobody who can be reached, the programme managers stand in."""

    def __init__(self, store: SqlStore, vault: Vault, access: AccessLog, outbox: Outbox, language: Language) -> None:
        self._store = store
        self._vault = vault
        self._access = access
        self._outbox = outbox
        self._language = language

    async def of(self, role: str, subject: Subject, known: frozenset[str]) -> Sequence[Recipient]:
        """Those of a role that are not known to have been told, or refused, already."""
        partner = subject.partner
        if role == "accountManager" and partner is not None and partner.account_manager is not None:
            holders = await self._reachable([partner.account_manager.person_id], role, known)
            if holders is not None:
                return holders
        recorded = await self._store.read_stream(PROGRAMME)
        managers = recorded[-1].event.person_ids if recorded else ()
        return await self._reachable(managers, "programmeManager", known) or []

    async def _reachable(
        self, person_ids: Sequence[str], role: str, known: frozenset[str]
    ) -> Sequence[Recipient] | None:
        """Those who are still to be told; None where none of them can be reached. Reading them is on record first."""
        refused = await self._outbox.refused_addresses(person_ids)
        found: list[Recipient] = []
        told = False
        reader = Reader(actor=ACTOR, role="scheduler", channel="mail", purpose="send reminder")
        with reading(reader):
            content = await self._vault.unveil(one for one in person_ids if one not in refused)
            for person_id in content:
                if person_id in known:
                    told = True
                elif address := content[person_id].get("email"):
                    person = content[person_id]
                    language = person.get("language") or self._language
                    found.append(Recipient(person_id, person["name"], address, language, role))
            await self._access.record(reader)
        return found if found or told else None
