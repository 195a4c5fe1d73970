"""A cohort and all around it under one reading, with where each event stands in the log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain import agreement as agreements
from domain import cohort as cohorts
from domain import consultation as consultations
from domain import partner as partners
from domain.agreement import Agreement
from domain.cohort import NO_MEMBERS, Cohort, Members
from domain.consultation import Consultation
from domain.partner import Partner
from domain.timeline import Fact
from events.envelope import Recorded
from service import read_models
from service.dossier.content import Cite
from service.queries import Queries
from service.reading import Stream


@dataclass(slots=True)
class Trail:
    """Which event of the log each fact is, and what is cited so far."""

    recorded: dict[int, Recorded[Any]] = field(default_factory=dict)
    _by_event: dict[int, Fact] = field(default_factory=dict)

    def follow(self, stream: Stream) -> Sequence[Fact]:
        """The facts of a stream, remembered with their places."""
        self.recorded.update({one.position: one for one in stream.recorded})
        facts = stream.facts()
        self._by_event.update({id(fact.event): fact for fact in facts})
        return facts

    def cite(self, event: object) -> tuple[Cite, ...]:
        """Where an event of a followed stream stands; with its correction, where it was corrected."""
        fact = self._by_event.get(id(event))
        if fact is None:
            return ()
        positions = [fact.position, *([fact.corrected_by] if fact.corrected_by else [])]
        return tuple(self.at(position) for position in positions)

    def at(self, position: int) -> Cite:
        """A position, with the document that the event was first of all taken from."""
        recorded = self.recorded.get(position)
        if recorded is None or not recorded.sources:
            return Cite(position)
        return Cite(position, recorded.sources[0].document, recorded.sources[0].lines)


@dataclass(frozen=True, slots=True)
class Member:
    """A partner in the cohort, and its agreement once it signed."""

    partner: Partner
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class Around:
    """A cohort, its partners in the order of their names, its agreements and its moments."""

    cohort: Cohort
    members: Members
    partners: tuple[Member, ...]
    moments: tuple[Consultation, ...]
    trail: Trail

    @property
    def ids(self) -> Mapping[str, str]:
        """Everything that a claim can be about here -> how it is called; the cohort itself needs no name."""
        found = {str(self.cohort.cohort_id): "", "programme": ""}
        for one in self.partners:
            found[one.partner.partner_id] = one.partner.name
            if one.agreement:
                found[one.agreement.agreement_id] = one.partner.name
        return found


async def around(asked: Queries, cohort_id: str) -> Around | None:
    """All of it; None where there is no such cohort under the reading."""
    trail = Trail()
    streams = await asked.reader.streams([f"cohort-{cohort_id}", f"membership-{cohort_id}"])
    cohort: Cohort | None = _state(trail, streams[f"cohort-{cohort_id}"], None, cohorts.evolve)
    if cohort is None:
        return None
    members: Members = _state(trail, streams[f"membership-{cohort_id}"], NO_MEMBERS, cohorts.evolve_members)
    rows = await asked.rows(read_models.AGREEMENTS, {"cohort_id": cohort_id})
    signed: Mapping[str, Agreement] = await _states(
        asked, trail, [f"agreement-{row.agreement_id}" for row in rows], agreements.evolve
    )
    by_partner = {one.partner_id: one for one in signed.values()}
    ids = dict.fromkeys([*members.agreements, *by_partner])
    known: Mapping[str, Partner] = await _states(asked, trail, [f"partner-{one}" for one in ids], partners.evolve)
    moments = await asked.rows(read_models.CONSULTATIONS, {"cohort_id": cohort_id})
    planned: Mapping[str, Consultation] = await _states(
        asked, trail, [f"consultation-{row.consultation_id}" for row in moments], consultations.evolve
    )
    return Around(
        cohort,
        members,
        tuple(
            sorted(
                (Member(one, by_partner.get(one.partner_id)) for one in known.values()),
                key=lambda one: (one.partner.name.casefold(), one.partner.partner_id),
            )
        ),
        tuple(sorted(planned.values(), key=lambda one: (one.planned.year, one.planned.ordinal, one.consultation_id))),
        trail,
    )


async def _states(asked: Queries, trail: Trail, wanted: Iterable[str], evolve: Any) -> Mapping[str, Any]:
    found = {}
    for name, stream in (await asked.reader.streams(list(wanted))).items():
        state = _state(trail, stream, None, evolve)
        if state is not None:
            found[name.partition("-")[2]] = state
    return found


def _state(trail: Trail, stream: Stream, initial: Any, evolve: Any) -> Any:
    state = initial
    for fact in trail.follow(stream):
        state = evolve(state, fact.event)
    return state
