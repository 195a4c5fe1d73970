"""What happened in an agreement's life, for its timeline and for the table under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain import labels, wording
from domain.values import PartialDate, last_day
from service.views import AgreementView, CohortView, ConsultationView
from service.web.timeline import Drawing, Kind, Life, Mark, Moment, draw
from service.web.visiting import Visit
from service.web.words import word

WIDE: Final = 940.0
NARROW: Final = 330.0


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the table: the date as it is known, and what it is; with where and how it stands in the drawing."""

    on: str
    text: str
    kind: Kind | None = None
    short: str = ""
    moment: bool = False
    held: bool = False


def happenings(
    visit: Visit, view: AgreementView, cohort: CohortView | None, moments: Sequence[ConsultationView]
) -> Sequence[Happening]:
    """In the order of their dates."""
    found = [
        *_of_agreement(visit, view),
        *_evaluations(visit, view, cohort),
        *(_moment(visit, one) for one in moments if one.status != "cancelled" and _touches(view, one)),
    ]
    return sorted(found, key=lambda one: (PartialDate.parse(one.on).first_day, last_day(one.on), one.text))


def drawings(visit: Visit, found: Sequence[Happening]) -> Sequence[tuple[str, Drawing]]:
    """For a wide and for a narrow window; where words would stand too close together, short ones."""
    return [
        ("wide", draw(_life(visit, found, short=False), WIDE)),
        ("narrow", draw(_life(visit, found, short=True), NARROW)),
    ]


def _life(visit: Visit, found: Sequence[Happening], *, short: bool) -> Life:
    language = visit.language
    begins = next(one.on for one in found if one.text == word("line.begins", language))
    ends = next(one.on for one in found if one.text == word("line.ends", language))
    is_today = visit.day == visit.house.day_of(visit.now)
    return Life(
        begins=_days(begins),
        ends=_days(ends),
        marks=[Mark(one.kind, last_day(one.on), one.short if short else labels_of(one)) for one in found if one.kind],
        moments=[
            Moment(*_days(one.on), one.held, f"{one.text}, {wording.date_text(one.on, language)}")
            for one in found
            if one.moment
        ],
        today=visit.day,
        today_label=word("line.today" if is_today else "line.day", language),
    )


def labels_of(one: Happening) -> str:
    """A mark's words in the wide drawing."""
    return one.text[:1].upper() + one.text[1:]


def _of_agreement(visit: Visit, view: AgreementView) -> list[Happening]:
    language = visit.language
    signed = word("line.signed", language)
    found = [
        Happening(view.signed_on, signed, "signed", signed),
        Happening(view.runs_from, word("line.begins", language)),
        Happening(view.runs_until, word("line.ends", language)),
    ]
    for number, one in enumerate(view.amendments, 1):
        text = word("line.amendmentNumber", language, number=number)
        found.append(Happening(one.effective_on, text, "amendment", text))
    if view.termination:
        text = word("line.terminated", language)
        found.append(Happening(view.termination.effective_on, text, "terminated", text))
    return found


def _evaluations(visit: Visit, view: AgreementView, cohort: CohortView | None) -> list[Happening]:
    language = visit.language
    held = {one.year: one.held_on for one in view.evaluations or []}
    found = [
        Happening(on, word("line.evaluationOf", language, year=year), "evaluation", str(year))
        for year, on in held.items()
    ]
    found += [
        Happening(
            one.held_on,
            word("line.cohortEvaluationOf", language, year=one.year),
            "cohortEvaluation",
            word("line.cohortEvaluationOf", language, year=one.year),
        )
        for one in (cohort.evaluations if cohort and view.evaluations is not None else [])
    ]
    if view.evaluation == "yearly" and view.evaluations is not None and view.status in {"inForce", "signed"}:
        end = last_day(view.runs_until)
        for year in range(visit.day.year, end.year + 1):
            if year not in held:
                on = min(end, last_day(str(year))).isoformat()
                text = word("line.evaluationDue", language)
                found.append(Happening(on, f"{text} {year}", "evaluationDue", str(year)))
    return found


def _moment(visit: Visit, one: ConsultationView) -> Happening:
    language = visit.language
    text = word("line.consultation", language, ordinal=wording.ordinal_text(one.ordinal, language), year=one.year)
    on = one.held_on or one.planned_on or _local_day(visit, one.starts_at) or str(one.year)
    status = labels.label("consultationStatus", one.status, language)
    return Happening(on, f"{text} ({status})", moment=True, held=one.status == "held")


def _local_day(visit: Visit, starts_at: str | None) -> str | None:
    if starts_at is None:
        return None
    return visit.house.day_of(datetime.fromisoformat(starts_at)).isoformat()


def _touches(view: AgreementView, one: ConsultationView) -> bool:
    """A moment of a year of the term."""
    return PartialDate.parse(view.runs_from).year <= one.year <= PartialDate.parse(view.runs_until).year


def _days(text: str) -> tuple[date, date]:
    known = PartialDate.parse(text)
    return known.first_day, known.last_day
