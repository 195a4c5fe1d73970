"""The first page: where everything stands, what is coming, and what the record does not say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fastapi import APIRouter, Response

from domain.labels import label
from domain.values import Period
from service.auth.policy import Action
from service.disclosing import unseen
from service.finding import Page
from service.queries import Queries
from service.views import CohortView
from service.web.duties import duties
from service.web.left_out import left_out
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import topics
from service.web.visiting import Visit, Visiting
from service.web.words import word

router = APIRouter(route_class=PageRoute)

STATUSES = ("inForce", "signed", "renewed", "expired", "terminated")


@dataclass(frozen=True, slots=True)
class CohortCard:
    """A cohort at a glance."""

    view: CohortView
    running: str
    signed: int
    counts: Sequence[tuple[str, int]]
    differs: bool
    unknowns: Sequence[str]


@router.get("/")
async def show_overview(visit: Visiting) -> Response:
    """Where everything stands on the day."""
    asked = await visit.ask(Action.READ_AGREEMENTS)
    cohorts = await asked.cohort_outlines()
    counted = await asked.agreement_counts()
    whole = await visit.sees_all(Action.READ_AGREEMENTS)
    cards = [await _card(visit, asked, cohort, _of_cohort(counted, cohort), whole=whole) for cohort in cohorts]
    cards.sort(key=lambda card: (card.running != "running.yes", -_start(card.view)))
    due = await duties(visit)
    left_out_count, named = await left_out(visit, asked, whole=whole)
    return render(
        visit,
        "overview.html",
        section="overview",
        left_out_count=left_out_count,
        left_out=named,
        counts=statuses(_together(counted)),
        cards=cards,
        whole=whole,
        upcoming=[one for one in due if one.when == "upcoming"],
        overdue=sum(len(one.about) for one in due if one.when == "overdue"),
        conflicts=await topics(visit, only_open=True),
        sees_claims=visit.may(Action.READ_CLAIMS),
        sees_dossiers=visit.may(Action.EXPORT_DATA) and visit.may(Action.READ_EVENT_FEED),
        earliest=None if cohorts else await _earliest(visit, asked),
    )


def statuses(counted: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """How many agreements there are of each status that occurs, in the order of a life."""
    return [(status, counted[status]) for status in STATUSES if counted.get(status)]


def running(view: CohortView, day: date) -> str:
    """Whether the cohort's term covers the day, as a key of the words."""
    period = Period.parse(view.runs_from, view.runs_until)
    if period.is_over(day):
        return "running.no"
    return "running.yes" if period.has_begun(day) else "running.later"


async def unknowns(visit: Visit, view: CohortView, *, whole: bool) -> Sequence[str]:
    """What the record does not say of a cohort, in sentences."""
    language, found = visit.language, []
    terms = view.terms
    if terms is None or not terms.co_financing:
        found.append(word("unknown.coFinancing", language))
    if terms is None or not terms.consultation_months:
        found.append(word("unknown.consultationMonths", language))
    if terms is None or not terms.evaluation:
        found.append(word("unknown.evaluation", language))
    period = Period.parse(view.runs_from, view.runs_until)
    if not period.runs_from.is_day:
        found.append(word("unknown.runsFrom", language, date=_partial(view.runs_from, visit)))
    if not period.runs_until.is_day:
        found.append(word("unknown.runsUntil", language, date=_partial(view.runs_until, visit)))
    if visit.may(Action.READ_CONSULTATIONS) and running(view, visit.day) == "running.yes":
        asked = await visit.ask(Action.READ_CONSULTATIONS)
        if not await asked.consultations(cohort_id=view.cohort_id, year=visit.day.year, page=Page(0, 1)):
            found.append(word("unknown.consultations", language, year=visit.day.year))
    if whole and visit.may(Action.READ_PARTNERS):
        members = list(dict.fromkeys(member.partner_id for member in view.members))
        partners = await (await visit.ask(Action.READ_PARTNERS)).some("partner", members)
        alone = sum(1 for one in partners if not one.view.account_managers)
        if alone:
            found.append(word("unknown.accountManager", language, count=alone))
    return found


async def _card(
    visit: Visit, asked: Queries, view: CohortView, counted: Mapping[str, int], *, whole: bool
) -> CohortCard:
    state = running(view, visit.day)
    signed = sum(counted.values())
    found = await asked.cohort(view.cohort_id) if state == "running.yes" else None
    return CohortCard(
        view,
        state,
        signed,
        statuses(counted),
        differs=whole and view.announced_partner_count not in {None, signed},
        unknowns=await unknowns(visit, found.view, whole=whole) if found else [],
    )


def _of_cohort(counted: Mapping[tuple[str, str], int], view: CohortView) -> Mapping[str, int]:
    return {status: many for (cohort_id, status), many in counted.items() if cohort_id == view.cohort_id}


def _together(counted: Mapping[tuple[str, str], int]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for (_, status), many in counted.items():
        found[status] += many
    return found


async def _earliest(visit: Visit, asked: Queries) -> str | None:
    """The first date that the register knows of, for whoever looks before it."""
    if not visit.reading.asked:
        return None
    plain = Queries(asked.house, replace(visit.reading, asked=False))
    with unseen():
        starts = [one.opened_on or one.runs_from for one in await plain.cohort_outlines()]
    return min(starts, default=None)


def _partial(text: str, visit: Visit) -> str:
    year, _, month = text.partition("-")
    return f"{label('month', str(int(month)), visit.language)} {year}" if month else year


def _start(view: CohortView) -> int:
    return Period.parse(view.runs_from, view.runs_until).runs_from.first_day.toordinal()
