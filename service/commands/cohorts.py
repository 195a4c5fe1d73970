"""What may be done to cohorts: opening, evaluating, renewing."""

from typing import Annotated, Literal

from pydantic import Field

from domain import cohort as rules
from domain.cohort import Cohort
from domain.streams import of_cohort
from events.catalogue.agreement import EvaluationHeld
from events.catalogue.cohort import (
    CohortEvaluated,
    CohortOpened,
    FinancingShare,
    ImprovementPoint,
    ImprovementPointReported,
    KpiResult,
    Terms,
)
from events.catalogue.values import CohortId, IsoDate, KpiId, Share, TextRef
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, DecimalText, Id, Name, OffsetText, PartialDateText, Prose, ShareText

_MANY = 1_000

ReminderKind = Literal[
    "consultation",
    "fixDay",
    "evaluation",
    "kpiFigures",
    "improvementPoint",
    "payment",
    "agreementEnd",
    "cohortEnd",
    "accountManagerMissing",
]


class CoFinancingShare(Body):
    """What one party pays, in percent."""

    party: Literal["agency", "partner"]
    share: ShareText


class TermsBody(Body):
    """What the cohort's agreements say; everything may be unknown."""

    co_financing: Annotated[list[CoFinancingShare], Field(max_length=2)] | None = None
    consultation_months: Annotated[list[int], Field(max_length=12)] | None = None
    evaluation: Literal["yearly"] | None = None
    reminder_offsets: dict[ReminderKind, Annotated[list[OffsetText], Field(max_length=20)]] | None = Field(
        default=None, description="Kind of reminder -> offsets such as `P30D` before, `-P7D` after."
    )

    def terms(self) -> Terms:
        """As the event has them."""
        return Terms(
            co_financing=tuple(
                FinancingShare(party=one.party, share=Share(one.share)) for one in self.co_financing or ()
            ),
            consultation_months=tuple(self.consultation_months or ()),
            evaluation=self.evaluation,
            reminder_offsets={kind: tuple(offsets) for kind, offsets in self.reminder_offsets.items()}
            if self.reminder_offsets
            else None,
        )


class OpenCohort(Body):
    """A cohort with one period and one set of terms."""

    name: Name
    runs_from: PartialDateText
    runs_until: PartialDateText
    opened_on: PartialDateText | None = None
    announced_partner_count: Annotated[int, Field(ge=0, le=100_000)] | None = None
    terms: TermsBody | None = None


class KpiResultBody(Body):
    """A figure as the evaluation found it."""

    kpi_id: Id
    value: DecimalText


class ImprovementPointBody(Body):
    """What asks to be improved, by when if that was said."""

    text: Prose
    due_on: PartialDateText | None = None


class Evaluate(Body):
    """A year's evaluation."""

    year: int
    held_on: PartialDateText
    kpi_results: Annotated[list[KpiResultBody], Field(max_length=_MANY)] = []
    findings: Prose | None = None
    improvement_points: Annotated[list[ImprovementPointBody], Field(max_length=_MANY)] = []


class ReportImprovementPoint(Body):
    """A point to improve that no evaluation in the record names."""

    text: Prose
    reported_on: PartialDateText | None = None
    due_on: PartialDateText | None = None


async def open_cohort(desk: Desk, _target: str, body: OpenCohort) -> Result:
    """A new cohort."""
    event = CohortOpened(
        cohort_id=CohortId(desk.new_id()),
        name=body.name,
        runs_from=IsoDate(body.runs_from),
        runs_until=IsoDate(body.runs_until),
        opened_on=IsoDate(body.opened_on) if body.opened_on else None,
        announced_partner_count=body.announced_partner_count,
        terms=body.terms.terms() if body.terms else Terms(),
    )

    async def decide(work: Work) -> None:
        await work.read(of_cohort(event.cohort_id))
        work.append(of_cohort(event.cohort_id), *rules.open_cohort(event))

    await desk.carry_out(decide)
    return Result(event.cohort_id)


async def evaluation_parts(
    desk: Desk, body: Evaluate, earlier: CohortEvaluated | EvaluationHeld | None
) -> tuple[tuple[KpiResult, ...], TextRef | None, tuple[ImprovementPoint, ...]]:
    """An evaluation's figures and prose; prose that says what it said before keeps its reference."""
    points = list(earlier.improvement_points) if earlier else []
    findings = await desk.same_prose(body.findings, earlier.findings if earlier else None)
    improvement_points = []
    for index, point in enumerate(body.improvement_points):
        text = await desk.same_prose(point.text, points[index].text if index < len(points) else None)
        if text is not None:
            due_on = IsoDate(point.due_on) if point.due_on else None
            improvement_points.append(ImprovementPoint(text=text, due_on=due_on))
    results = tuple(KpiResult(kpi_id=KpiId(one.kpi_id), value=one.value) for one in body.kpi_results)
    return results, findings, tuple(improvement_points)


async def evaluate_cohort(desk: Desk, target: str, body: Evaluate) -> Result:
    """The cohort as a whole, for a year."""
    cohort_id = CohortId(target)
    before: Cohort | None = desk.fold(await desk.house.store.read_stream(of_cohort(cohort_id)), None, rules.evolve)
    earlier = next((one for one in before.evaluations if one.year == body.year), None) if before else None
    results, findings, points = await evaluation_parts(desk, body, earlier)
    event = CohortEvaluated(
        cohort_id=cohort_id,
        year=body.year,
        held_on=IsoDate(body.held_on),
        kpi_results=results,
        findings=findings,
        improvement_points=points,
    )
    await desk.change(
        of_cohort(cohort_id), rules.evolve, "cohort", lambda cohort: rules.evaluate(cohort, event, desk.today)
    )
    return Result(target)


async def report_improvement_point(desk: Desk, target: str, body: ReportImprovementPoint) -> Result:
    """A point to improve, from elsewhere than an evaluation."""
    text = await desk.keep("text", {"text": body.text})
    event = ImprovementPointReported(
        cohort_id=CohortId(target),
        text=text,
        reported_on=IsoDate(body.reported_on) if body.reported_on else None,
        due_on=IsoDate(body.due_on) if body.due_on else None,
    )

    def report(_cohort: Cohort) -> list[ImprovementPointReported]:
        return [event]

    await desk.change(of_cohort(event.cohort_id), rules.evolve, "cohort", report)
    return Result(target)


COMMANDS = (
    Command(
        name="openCohort",
        body=OpenCohort,
        handler=open_cohort,
        makes="cohort",
        action=Action.MANAGE_COHORTS,
        path="/v1/cohorts",
        summary="Open a cohort",
    ),
    Command(
        name="evaluateCohort",
        body=Evaluate,
        handler=evaluate_cohort,
        makes="cohort",
        target="cohort",
        action=Action.RECORD_EVALUATIONS,
        path="/v1/cohorts/{cohortId}/evaluations",
        summary="Record the evaluation of a cohort for a year",
    ),
    Command(
        name="reportImprovementPoint",
        body=ReportImprovementPoint,
        handler=report_improvement_point,
        makes="cohort",
        target="cohort",
        action=Action.RECORD_EVALUATIONS,
        path="/v1/cohorts/{cohortId}/improvementPoints",
        summary="Record a point to improve that no evaluation names",
    ),
)
