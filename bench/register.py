"""A synthetic register: what happens in one programme of partners after another, as the service would record it.

A programme has 25 partners in one cohort for five years. Of a partner: its adding, an alias, its account manager. Of an
agreement some 93 events in its stream: the signing, 4 KPIs agreed, each measured every quarter (80), 5 yearly
evaluations, one figure corrected, what became of it; and in another its start and end as milestones. Of the cohort: who
joined and who signed, and 4 consultation moments a year: planned, a third of them moved, held. So of 100 events 78 are
figures measured, 5 evaluations, 4 KPIs, 3 about partners, 3 consultation moments, 2 about who is in the cohort, and 5
about the agreement itself: signed, one figure corrected, begun, renewed, over.

Three programmes of four are history: ended, evaluated, renewed. The fourth runs for two years more, and nothing of it
is due today: what a scheduler has to find grows with the register, what it has to raise does not.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Literal, TypeAlias

from domain import streams
from events.catalogue import agreement as a
from events.catalogue import cohort as c
from events.catalogue import consultation as m
from events.catalogue import partner as p
from events.catalogue.correction import EventCorrected
from events.catalogue.values import (
    AgreementId,
    CohortId,
    ConsultationId,
    Event,
    IsoDate,
    KpiId,
    PartnerId,
    PersonId,
    Share,
    TextRef,
)

PARTNERS: Final = 25
YEARS: Final = 5
_KPIS: Final = ("missions", "seminars", "leads", "members")
_MONTHS: Final = (2, 5, 9, 11)
_RUNNING_EVERY: Final = 4
_MOVED_EVERY: Final = 3

Happening: TypeAlias = tuple[str, Event]
"""A stream and what happened there."""


@dataclass(frozen=True, slots=True)
class Programme:
    """Ids and years; the same number makes the same."""

    number: int
    this_year: int
    cohort: CohortId = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cohort", CohortId(self.id("cohort")))

    @property
    def runs(self) -> bool:
        """Whether its term is not over yet."""
        return self.number % _RUNNING_EVERY == _RUNNING_EVERY - 1

    @property
    def begin(self) -> int:
        """The first year of its term."""
        return self.this_year - 2 if self.runs else self.this_year - 8 - self.number % 3

    @property
    def end(self) -> int:
        """The last year of its term."""
        return self.begin + YEARS - 1

    def id(self, *of: object) -> str:
        """As random to look at, and as long, as the ids that the service gives."""
        digest = hashlib.sha256(repr((self.number, *of)).encode()).digest()
        return base64.b32encode(digest[:15]).decode().lower()

    def partner(self, member: int) -> PartnerId:
        """The id of a partner."""
        return PartnerId(self.id("partner", member))

    def agreement(self, member: int) -> AgreementId:
        """The id of its agreement."""
        return AgreementId(self.id("agreement", member))

    def prose(self, *of: object) -> TextRef:
        """A reference as to the vault; no prose is there."""
        return TextRef(text_id=self.id("text", *of), commitment=hashlib.sha256(repr(of).encode()).hexdigest())


def happenings(this_year: int) -> Iterator[Happening]:
    """Without end, in the order of the log: the first is at position 1."""
    position = 0
    measured: tuple[int, a.KpiMeasured] | None = None
    for number in count():
        for stream, happened in _programme(Programme(number, this_year)):
            position += 1
            if isinstance(happened, EventCorrected) and measured:
                yield stream, _corrected(happened, *measured)
                continue
            if isinstance(happened, a.KpiMeasured):
                measured = position, happened
            yield stream, happened


def _programme(programme: Programme) -> Iterator[Happening]:
    yield from _beginning(programme)
    for member in range(PARTNERS):
        yield from _signing(programme, member)
    last = programme.this_year if programme.runs else programme.end
    for year in range(programme.begin, last + 1):
        for quarter in range(1, 5):
            yield from _consultation(programme, year, quarter)
            for member in range(PARTNERS):
                yield from _figures(programme, member, year, quarter)
        for member in range(PARTNERS):
            yield from _evaluation(programme, member, year)
    if not programme.runs:
        yield from _ending(programme)


def _beginning(programme: Programme) -> Iterator[Happening]:
    opened = c.CohortOpened(
        cohort_id=programme.cohort,
        name=f"Programma {programme.number + 1}",
        runs_from=_day(programme.begin, 1, 1),
        runs_until=_day(programme.end, 12, 31),
        opened_on=_day(programme.begin - 1, 10, 1),
        announced_partner_count=PARTNERS,
        terms=c.Terms(
            co_financing=(_share("agency", "50.00"), _share("partner", "50.00")),
            consultation_months=_MONTHS,
            evaluation="yearly",
        ),
    )
    yield streams.of_cohort(programme.cohort), opened
    for member in range(PARTNERS):
        partner = programme.partner(member)
        stream = streams.of_partner(partner)
        added_on = _day(programme.begin - 1, 10, 1 + member)
        name = f"Vereniging {programme.number + 1}-{member + 1}"
        yield stream, p.PartnerAdded(partner_id=partner, name=name, kind="association", added_on=added_on)
        yield stream, p.PartnerAliasAdded(partner_id=partner, name=f"VZW {programme.number + 1}.{member + 1}")
        manager = PersonId(programme.id("person", member % 5))
        yield stream, p.AccountManagerAssigned(partner_id=partner, person_id=manager, effective_on=added_on)


def _signing(programme: Programme, member: int) -> Iterator[Happening]:
    partner, agreement = programme.partner(member), programme.agreement(member)
    signed_on = _day(programme.begin - 1, 11, 1 + member)
    members, stream = streams.of_members(programme.cohort), streams.of_agreement(agreement)
    yield members, c.PartnerJoinedCohort(cohort_id=programme.cohort, partner_id=partner, joined_on=signed_on)
    yield (
        stream,
        a.AgreementSigned(
            agreement_id=agreement,
            cohort_id=programme.cohort,
            partner_id=partner,
            signed_on=signed_on,
            runs_from=_day(programme.begin, 1, 1),
            runs_until=_day(programme.end, 12, 31),
            evaluation="yearly",
            place="Brussel",
            signatories=(
                a.Signatory(person_id=PersonId(programme.id("head")), for_party="agency"),
                a.Signatory(person_id=PersonId(programme.id("signatory", member)), for_party="partner"),
            ),
        ),
    )
    signed = c.MemberSigned(cohort_id=programme.cohort, partner_id=partner, agreement_id=agreement, signed_on=signed_on)
    yield members, signed
    for name in _KPIS:
        yield (
            stream,
            a.KpiAgreed(
                agreement_id=agreement,
                kpi_id=KpiId(programme.id("kpi", member, name)),
                name=name,
                unit="per year",
                target="40",
                effective_on=signed_on,
            ),
        )
    commenced = a.AgreementCommenced(
        agreement_id=agreement,
        partner_id=partner,
        cohort_id=programme.cohort,
        commenced_on=_day(programme.begin, 1, 1),
    )
    yield streams.of_milestones(agreement), commenced


def _figures(programme: Programme, member: int, year: int, quarter: int) -> Iterator[Happening]:
    agreement = programme.agreement(member)
    for name in _KPIS:
        yield (
            streams.of_agreement(agreement),
            a.KpiMeasured(
                agreement_id=agreement,
                kpi_id=KpiId(programme.id("kpi", member, name)),
                value=str(quarter * 10 + member),
                measured_on=_day(year, quarter * 3, 28),
            ),
        )
    if (year, quarter) == (programme.begin + 1, 4):
        yield streams.of_agreement(agreement), _wrong(programme, member)


def _evaluation(programme: Programme, member: int, year: int) -> Iterator[Happening]:
    agreement = programme.agreement(member)
    stream = streams.of_agreement(agreement)
    held = a.EvaluationHeld(
        agreement_id=agreement,
        year=year,
        held_on=_day(year, 12, 1 + member),
        kpi_results=tuple(c.KpiResult(kpi_id=KpiId(programme.id("kpi", member, name)), value="41") for name in _KPIS),
        findings=programme.prose("findings", member, year),
    )
    yield stream, held


def _consultation(programme: Programme, year: int, quarter: int) -> Iterator[Happening]:
    one = ConsultationId(programme.id("consultation", year, quarter))
    stream, month = streams.of_consultation(one), _MONTHS[quarter - 1]
    reserved = m.MomentReserved(cohort_id=programme.cohort, year=year, ordinal=quarter, consultation_id=one)
    yield streams.of_moments(programme.cohort, year), reserved
    yield (
        stream,
        m.ConsultationPlanned(
            cohort_id=programme.cohort,
            consultation_id=one,
            year=year,
            ordinal=quarter,
            planned_on=_day(year, month, 10),
            place="Brussel",
        ),
    )
    if (year + quarter) % _MOVED_EVERY == 0:
        moved_on = _day(year, month, 1)
        yield stream, m.ConsultationMoved(consultation_id=one, moved_on=moved_on, planned_on=_day(year, month, 20))
    yield stream, m.ConsultationHeld(consultation_id=one, held_on=_day(year, month, 20))


def _ending(programme: Programme) -> Iterator[Happening]:
    successor = CohortId(programme.id("successor"))
    decided_on = _day(programme.end, 12, 1)
    for member in range(PARTNERS):
        partner, agreement = programme.partner(member), programme.agreement(member)
        renewed = a.AgreementRenewed(
            agreement_id=agreement,
            partner_id=partner,
            cohort_id=programme.cohort,
            successor_cohort_id=successor,
            renewed_on=decided_on,
        )
        yield streams.of_agreement(agreement), renewed
        expired = a.AgreementExpired(
            agreement_id=agreement,
            partner_id=partner,
            cohort_id=programme.cohort,
            expired_on=_day(programme.end + 1, 1, 1),
        )
        yield streams.of_milestones(agreement), expired
    renewal = c.CohortRenewed(cohort_id=programme.cohort, successor_id=successor, renewed_on=decided_on)
    yield streams.of_cohort(programme.cohort), renewal


def _wrong(programme: Programme, member: int) -> EventCorrected:
    """The figure measured last was wrong; which that was `happenings` fills in."""
    reason = programme.prose("wrong", member)
    return EventCorrected(position=0, corrected_type="KpiMeasured", corrected_version=1, data={}, reason=reason)


def _corrected(correction: EventCorrected, position: int, measured: a.KpiMeasured) -> EventCorrected:
    data = {
        "agreementId": measured.agreement_id,
        "kpiId": measured.kpi_id,
        "value": "12",
        "measuredOn": measured.measured_on,
    }
    return EventCorrected(
        position=position,
        corrected_type="KpiMeasured",
        corrected_version=1,
        data=data,
        reason=correction.reason,
        corrected_effective_on=measured.measured_on,
    )


def _day(year: int, month: int, day: int) -> IsoDate:
    return IsoDate(f"{year:04}-{month:02}-{day:02}")


def _share(party: Literal["agency", "partner"], share: str) -> c.FinancingShare:
    return c.FinancingShare(party=party, share=Share(share))
