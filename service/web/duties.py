"""What must happen by when, under a reading: the obligations of everything that the reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

from domain import agreement as agreements
from domain import calendar
from domain import cohort as cohorts
from domain import consultation as consultations
from domain.calendar import Obligation
from domain.values import last_day
from service.access import visible
from service.auth.policy import Action
from service.finding import Wanted
from service.reminding import Reminding
from service.web.visiting import Visit

When = Literal["overdue", "upcoming", "later", "before"]

AHEAD: Final = timedelta(days=365)
_YEARS_AFTERWARDS: Final = 2
"""Of what ended so many years before, nothing is left to be done: `calendar.AFTERWARDS` is a day longer than a year."""
_OPEN: Final = (consultations.Status.TO_BE_FIXED, consultations.Status.PLANNED)
_ENDS: Final = frozenset({"agreementEnd", "cohortEnd"})


@dataclass(frozen=True, slots=True)
class About:
    """A thing that a duty is about: its page and its name."""

    path: str
    name: str


@dataclass(slots=True)
class Duty:
    """The same obligation of one thing or of several, such as all agreements of a cohort."""

    kind: str
    due_on: str
    certain: bool
    year: int | None
    when: When
    days: int | None
    """Until its day, or its month's first; negative after it; None while it is that month."""
    cohort: About | None
    about: list[About] = field(default_factory=list)
    reminded: int = 0
    moment: Mapping[str, Any] | None = None


async def duties(visit: Visit, *, earlier: bool = False) -> Sequence[Duty]:
    """What is to be done, in the order of the dates; with `earlier` also of agreements that ended long ago."""
    found: dict[tuple[object, ...], Duty] = {}
    obligations = await _obligations(visit, earlier=earlier)
    every = [(when, *each) for each in obligations for when in [_when(visit, each[0])] if when is not None]
    reminded = await _reminded(visit, [obligation for _, obligation, *_ in every])
    for when, obligation, about, cohort, moment in every:
        single = obligation.subject_id if moment else ""
        key = (obligation.kind, obligation.due_on, obligation.certain, cohort and cohort.path, single)
        if key not in found:
            found[key] = Duty(
                obligation.kind,
                obligation.due_on,
                obligation.certain,
                obligation.year,
                when,
                _days(visit, obligation),
                cohort,
                moment=moment,
            )
        found[key].about.append(about)
        found[key].reminded += (obligation.kind, obligation.subject_id, obligation.due_on) in reminded
    return sorted(found.values(), key=lambda one: (last_day(one.due_on), one.kind))


def _when(visit: Visit, obligation: Obligation) -> When | None:
    zone = visit.house.settings.zone
    if calendar.timing(obligation, visit.at, zone) == "upcoming":
        return "upcoming" if obligation.counts_from <= visit.day + AHEAD else "later"
    if obligation.kind in _ENDS:
        return None  # it has ended, whoever looked
    began_on = visit.house.day_of(visit.began) if visit.began else None
    if began_on is not None and obligation.last_day < began_on <= visit.day:
        return "before"
    return "overdue" if calendar.matters(obligation, visit.at, zone) else None


def _days(visit: Visit, obligation: Obligation) -> int | None:
    first, last = obligation.counts_from, obligation.last_day
    if first <= visit.day <= last and first != last:
        return None
    return ((first if visit.day < first else last) - visit.day).days


async def _obligations(
    visit: Visit, *, earlier: bool
) -> Iterable[tuple[Obligation, About, About | None, Mapping[str, Any] | None]]:
    found: list[tuple[Obligation, About, About | None, Mapping[str, Any] | None]] = []
    named: dict[str, About] = {}
    if visit.may(Action.READ_AGREEMENTS):
        asked = await visit.ask(Action.READ_AGREEMENTS)
        ids = [one.cohort_id for one in await asked.cohort_outlines()]
        for cohort_id, (cohort, _) in (
            await asked.reader.states([f"cohort-{one}" for one in ids], cohorts.evolve)
        ).items():
            named[cohort_id] = About(f"/cohorts/{cohort_id}", cohort.name)
            found += [(one, named[cohort_id], None, None) for one in calendar.of_cohort(cohort)]
        since = (
            None if earlier else (visit.day - calendar.AFTERWARDS).year
        )  # nothing is left to do about what ended then
        wanted = Wanted(category="agreement", year_from=since)
        views = {one.view.agreement_id: one.view for one in await asked.agreements_that(wanted)}
        states = await asked.reader.states([f"agreement-{one}" for one in views], agreements.evolve)
        for agreement_id, (agreement, _) in states.items():
            view = views[agreement_id]
            about = About(f"/agreements/{agreement_id}", view.partner_name or agreement_id)
            found += [
                (one, about, named.get(view.cohort_id), None)
                for one in calendar.of_agreement(agreement, visit.day)
                if one.kind not in {"evaluation", "kpiFigures"} or view.evaluations is not None
            ]
    if visit.may(Action.READ_CONSULTATIONS):
        asked = await visit.ask(Action.READ_CONSULTATIONS)
        wanted = Wanted(category="consultation", statuses=_OPEN)
        moments = {one.view.consultation_id: one.view for one in await asked.consultations_that(wanted)}
        planned = await asked.reader.states([f"consultation-{one}" for one in moments], consultations.evolve)
        for consultation_id, (consultation, _) in planned.items():
            view_of = moments[consultation_id]
            cohort_of = named.get(view_of.cohort_id)
            about = About(f"/cohorts/{view_of.cohort_id}#consultations", cohort_of.name if cohort_of else "")
            told = {"ordinal": view_of.ordinal, "year": view_of.year, "place": view_of.place}
            found += [
                (one, about, cohort_of, told)
                for one in calendar.of_consultation(consultation, visit.house.settings.zone)
            ]
    return found


async def _reminded(visit: Visit, found: Iterable[Obligation]) -> frozenset[tuple[str, str | None, str]]:
    """Which of these obligations have a reminder that stands."""
    if not visit.may(Action.READ_REMINDERS):
        return frozenset()
    own = await visible_reminders(visit)
    return frozenset(
        (one.view.kind, one.view.subject.id, one.view.due_on)
        for one in await own.about(f"{each.subject_type}-{each.subject_id}" for each in found)
        if one.view.status in {"raised", "acknowledged", "snoozed"}
    )


async def visible_reminders(visit: Visit) -> Reminding:
    """The reminders that the reader may see. Raises the 403 that fits."""
    return Reminding(visit.house, visit.reading, await visible(visit.house, visit.caller, Action.READ_REMINDERS))
