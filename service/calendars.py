"""Calendars to subscribe to: what is in one, for whom, and its bytes.

A calendar shows what its reader may see, told by the record alone: until something is recorded it is the same, to the
byte, whoever asks and whenever.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain import cohort as cohorts
from domain import partner as partners
from domain.cohort import Cohort
from domain.ical import telling
from domain.partner import Partner
from domain.person import Person
from domain.person import evolve as evolve_person
from domain.streams import of_person
from domain.timeline import as_known, fold
from events.catalogue.values import PersonId
from service.access import check_target, concerning, visible, visible_figures
from service.auth.calendars import Scope
from service.auth.policy import Action, judge, may
from service.auth.tokens import Caller
from service.entries import Gathering
from service.house import Errera
from service.policies import Policies
from service.problems import Problem
from service.queries import Queries
from service.reading import Reading
from service.texts import Language

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose calendar, and in which language. `of` is the id of the cohort, partner or person."""

    scope: Scope
    of: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Made:
    """A calendar's bytes, and by when they were so: a whole second, after all that was recorded of what is in it."""

    content: bytes
    settled_at: datetime | None

    @property
    def etag(self) -> str:
        """Of the bytes: what was erased from the vault changes it too."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


async def check(house: Errera, caller: Caller, wanted: Wanted) -> None:
    """Raises the 403 or 404 where the caller may not have this calendar."""
    await _reader(house, caller, wanted)


async def make(house: Errera, caller: Caller, wanted: Wanted) -> Made:
    """The calendar, as its reader may see it. Raises as `check`."""
    from domain.ical.writing import calendar  # noqa: PLC0415 - takes a tenth of a second, and few commands need it

    asked, name = await _reader(house, caller, wanted)
    found = Gathering(asked, wanted.of if wanted.scope == "cohort" else None, wanted.language)
    entries = [*await found.moments(), *(await found.deadlines() if may(caller, Action.READ_AGREEMENTS) else ())]
    title = telling.CALENDARS[wanted.scope].of(wanted.language).format(name=name)
    # Half a millisecond an entry, during which others are served.
    content = await asyncio.to_thread(calendar, title, entries, house.settings.zone, wanted.language)
    return Made(content, _settled(found.recorded_at))


def _settled(recorded_at: Iterable[datetime]) -> datetime | None:
    """The first whole second after the last of them."""
    last = max(recorded_at, default=None)
    return None if last is None else last.replace(microsecond=0) + _SECOND


async def _reader(house: Errera, caller: Caller, wanted: Wanted) -> tuple[Queries, str]:
    """What the reader of this calendar may see, no more than is in it, and what it is called after."""
    grant = judge(caller, Action.READ_CONSULTATIONS)
    seen = await visible(house, caller, Action.READ_CONSULTATIONS)
    figures = await visible_figures(house, caller)
    today = Reading(day=house.day_of(await house.now()))

    def queries(within: frozenset[str] | None) -> Queries:
        return Queries(house, today, partners=within, figures=figures, contacts=frozenset())

    of = wanted.of or ""
    match wanted.scope:
        case "programme":
            if not grant.everything:
                raise Problem.forbidden(caller.role)
            return queries(seen), ""
        case "cohort":
            asked = queries(seen)
            return asked, await _name(asked, "cohort", of)
        case "partner":
            asked = queries(frozenset({of}) if seen is None else frozenset({of}) & seen)
            return asked, await _name(asked, "partner", of)
        case "person":
            await _check_person(house, caller, of)
            if await _manages(house, caller, of):
                return queries(seen), ""
            about = await concerning(house, of)
            return queries(about if seen is None else about & seen), ""


async def _manages(house: Errera, caller: Caller, person_id: str) -> bool:
    """Whether a person is a programme manager: the record says so, or its own token does."""
    named = (await Policies(house).managers()).view.person_ids
    return person_id in named or (caller.person_id == person_id and caller.role == "programmeManager")


async def _name(asked: Queries, category: str, of: str) -> str:
    """What it is called today. Raises the 404 where it is not there, or not for this reader."""
    if category == "cohort":
        stream = (await asked.streams("cohort", of)).get(of)
        cohort: Cohort | None = stream.state(None, cohorts.evolve) if stream else None
        if cohort is not None:
            return cohort.name
    else:
        stream = (await asked.streams("partner")).get(of)
        partner: Partner | None = stream.state(None, partners.evolve) if stream else None
        if partner is not None:
            return partner.name
    raise Problem.not_found(f"{category}.unknown")


async def _check_person(house: Errera, caller: Caller, person_id: str) -> None:
    """One's own, or that of a person whose data the caller may read; of whoever is erased there is none."""
    if caller.person_id != person_id:
        await check_target(house, caller, Action.READ_PERSONS, None, "person", person_id)
    recorded = await house.store.read_stream(of_person(PersonId(person_id)))
    state: Person | None = fold(None, evolve_person, as_known(recorded, house.store.codec.revive))
    if state is None or state.erased_on is not None:
        raise Problem.not_found("person.unknown")


def whose(caller: Caller, *, part: str | None = None) -> Caller | None:
    """Whose calendars the caller may see (`part`: "see") or revoke: its own; None, everybody's, who manages access."""
    return None if may(caller, Action.MANAGE_ACCESS, part=part) else caller
