"""Making a dossier: what it is about, what it says, and the events and proofs that it rests on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from domain.labels import label
from domain.sentences import sentence
from domain.values import Period
from domain.wording import claimed_value
from events.envelope import to_micros
from events.log import merkle
from events.log.entry import entry, recorded_at_text
from events.log.merkle import Hashes, Subtree
from events.log.proofs import Proof
from events.log.sealed import Sealed
from service import read_models
from service.correcting import changes_in
from service.dossier.chapters import Writer
from service.dossier.claims import Teller, is_out, topics
from service.dossier.content import Cite, Dossier, Exhibit, Part
from service.dossier.instants import last_known
from service.dossier.subjects import Around, around
from service.dossier.words import text
from service.house import Errera
from service.problems import Problem
from service.queries import Queries
from service.reading import Reading
from service.sources import Said, Sources
from service.texts import Language

SECONDS_TO_SEAL = 30.0
"""How long a dossier waits for a checkpoint that covers what it rests on."""

_BETWEEN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a dossier is asked about. `persons`: by name, for who may see that; else they go by their ids."""

    day: date
    known_at: datetime | None = None
    cohort_id: str | None = None
    language: Language = "nl"
    persons: bool = False


async def make(house: Errera, asked: Asked) -> Dossier:
    """The dossier. Raises the 404 that says when the register began, or that there is no such cohort."""
    known = await last_known(house.store, asked.known_at)
    if known is None:
        began = await house.store.began_at()
        if began is None:
            raise Problem.not_found("register.empty")
        raise Problem.not_found("register.notBegun", began=began.isoformat().replace("+00:00", "Z"))
    position, known_at = known
    if not await house.projector.wait_for(position, SECONDS_TO_SEAL):
        raise Problem.unavailable(retry_after=1)
    reading = Reading(day=asked.day, asked=True, known_at=known_at)
    making = _Making(house, asked, Queries(house, reading, contacts=frozenset()))
    parts = [await making.part(one) for one in await making.cohorts()]
    cites = [cite for part in parts for cite in _cites(part)]
    sealed = await _checkpoint(house, position)
    exhibits = await making.exhibits(sorted({cite.position for cite in cites}), sealed)
    documents = dict.fromkeys(
        cite.document for cite in [*cites, *(two for one in exhibits for two in one.cites)] if cite.document
    )
    described = await making.sources.described(documents)
    return Dossier(
        language=asked.language,
        as_of=asked.day.isoformat(),
        known_at=known_at,
        position=position,
        parts=tuple(parts),
        exhibits=tuple(exhibits),
        documents={name: described.get(name) for name in documents},
        checkpoint=sealed.checkpoint,
        note=sealed.note.decode(),
        keys=tuple(await house.audit.log.signers(sealed)),
        unpublished=making.unpublished,
        persons=asked.persons,
    )


class _Making:
    def __init__(self, house: Errera, asked: Asked, queries: Queries) -> None:
        self.house = house
        self.asked = asked
        self.queries = queries
        self.unpublished = 0
        self.sources = Sources(house, queries.reading)
        self._claims: dict[str, str] = {}

    async def cohorts(self) -> Sequence[str]:
        """The one that is asked for, or those whose term can cover the day; else the last that there were."""
        if self.asked.cohort_id is not None:
            return [self.asked.cohort_id]
        found = [one.view for one in await self.queries.cohorts()]
        periods = {one.cohort_id: Period.parse(one.runs_from, one.runs_until) for one in found}
        day = self.asked.day
        running = [
            one for one, period in periods.items() if period.runs_from.first_day <= day <= period.last_possible_day
        ]
        return running or list(periods)[-1:]

    async def part(self, cohort_id: str) -> Part:
        """What is said of one cohort."""
        found = await around(self.queries, cohort_id)
        if found is None:
            raise Problem.not_found("cohort.unknown")
        said = await self._said(found)
        described = await self.sources.described({one.claim.stated.source for one in said})
        day = self.asked.day.isoformat()
        out = [one for one in said if is_out(one, day, described)]
        self.unpublished += len(said) - len(out)
        self._claims |= {one.claim_id: _claimed(one, self.asked.language) for one in out}
        reader = self.queries.reader
        texts = await reader.texts([*_prose(found), *(one.claim.chosen for one in out)])
        return Writer(
            around=found,
            topics=topics(out, described, await self.sources.order(), found.ids),
            teller=Teller(self.asked.language, described, texts, day),
            texts=texts,
            day=self.asked.day,
            people=await self._people(one for pair in found.trail.recorded.values() for one in person_ids(pair.event)),
        ).part()

    async def _said(self, found: Around) -> Sequence[Said]:
        rows = await self.queries.rows(read_models.CLAIMS)
        about = found.ids
        return await self.sources.said(row.claim_id for row in rows if row.state and row.state.about[0] in about)

    async def _people(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Their names, where they are asked for; who was erased has none. Reading them is noted in the access log."""
        found = await self.house.vault.get(sorted(set(ids))) if self.asked.persons else {}
        return {one: content["name"] for one, content in found.items() if "name" in content}

    async def exhibits(self, positions: Sequence[int], sealed: Sealed) -> Sequence[Exhibit]:
        """The events at these positions, in words and as they are, with their proofs."""
        store = self.house.store
        recorded = {one.position: one for one in await store.read_at(positions)}
        bodies: dict[int, tuple[int, bytes]] = {}
        for first, last in _runs(positions):
            rows = await store.read_bodies(first - 1, last - first + 1)
            bodies |= {position: (micros, body) for position, micros, body in rows}
        names = {**await self.queries.names(), **self._claims}
        persons = {one for pair in recorded.values() for one in person_ids(pair.event)}
        names |= {one: text("person", self.asked.language, id=one[:8]) for one in persons}
        names |= await self._people(persons)
        changes = await changes_in(self.house, recorded.values())
        hashes = _remembering(self.house.audit.log.hashes())
        found = []
        for position in positions:
            one = recorded[position]
            told = await merkle.inclusion_proof(hashes, position - 1, sealed.checkpoint.size)
            found.append(
                Exhibit(
                    position=position,
                    sentence=sentence(one.event, self.asked.language, names, changes.get(position, ())),
                    type=one.type,
                    actor=one.actor,
                    effective_on=one.effective_on,
                    recorded_at=recorded_at_text(to_micros(one.recorded_at)),
                    cites=tuple(Cite(position, source.document, source.lines) for source in one.sources),
                    entry=entry(position, *bodies[position]),
                    proof=Proof(position - 1, told, sealed.note).text(),
                )
            )
        return found


async def _checkpoint(house: Errera, position: int) -> Sealed:
    """The first checkpoint that covers the position: the same one whenever it is asked for."""
    if await house.audit.sealed(position, SECONDS_TO_SEAL) is None:
        raise Problem.unavailable(retry_after=1)
    return await house.audit.log.covering(position)


def _runs(positions: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Stretches of the log to read at once: what lies between is read with them where it is little."""
    first = last = 0
    for position in positions:
        if first and position - last > _BETWEEN:
            yield first, last
            first = 0
        first, last = first or position, position
    if first:
        yield first, last


def _remembering(read: Hashes) -> Hashes:
    """The same hashes, each asked for once: proofs of one checkpoint share most of theirs."""
    known: dict[Subtree, bytes] = {}

    async def remembered(asked: Sequence[Subtree]) -> Sequence[bytes]:
        missing = [one for one in asked if one not in known]
        if missing:
            known.update(zip(missing, await read(missing), strict=True))
        return [known[one] for one in asked]

    return remembered


def _cites(part: Part) -> Iterable[Cite]:
    for tile in part.tiles:
        yield from tile.cites
    for chapter in part.chapters:
        for block in chapter.blocks:
            for row in block.rows:
                yield from row.cites


def _prose(found: Around) -> Sequence[object]:
    return [
        found.cohort.evaluations,
        found.cohort.improvement_points,
        *(tuple(one.agreement.evaluations.values()) for one in found.partners if one.agreement),
    ]


def _claimed(one: Said, language: Language) -> str:
    stated = one.claim.stated
    return (
        f"{label('predicate', stated.predicate, language)}: {claimed_value(stated.value, stated.precision, language)}"
    )


def person_ids(value: object) -> Iterable[str]:
    """The persons that an event names."""
    match value:
        case msgspec.Struct():
            for name in value.__struct_fields__:
                part = getattr(value, name)
                if name == "person_id" and isinstance(part, str):
                    yield part
                else:
                    yield from person_ids(part)
        case tuple() | list():
            for part in value:
                yield from person_ids(part)
        case _:
            return
