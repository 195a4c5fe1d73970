"""What may be done to consultation moments."""

from pydantic import Field

from domain import cohort as cohort_rules
from domain import consultation as rules
from domain.consultation import Consultation
from domain.refusals import Refused
from domain.streams import of_cohort, of_consultation, of_moments
from events.catalogue.consultation import (
    ConsultationCancelled,
    ConsultationHeld,
    ConsultationMoved,
    ConsultationPlanned,
    MomentReleased,
    MomentReserved,
)
from events.catalogue.values import CohortId, ConsultationId, Instant, IsoDate
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, DayText, Id, InstantText, Name, PartialDateText, Prose


class PlanConsultation(Body):
    """A moment of a cohort's year: in a month, on a day, or at an instant."""

    cohort_id: Id
    year: int
    ordinal: int | None = Field(default=None, ge=1, le=366, description="Absent: the first that is free.")
    planned_on: PartialDateText | None = Field(default=None, description="A month or a day.")
    starts_at: InstantText | None = None
    place: Name | None = None
    title: Prose | None = None
    reason: Prose | None = Field(default=None, description="Needed beyond the moments that the terms foresee.")


class MoveConsultation(Body):
    """Another time; fixing the day of a month is a move."""

    planned_on: PartialDateText | None = None
    starts_at: InstantText | None = None
    place: Name | None = None
    reason: Prose | None = None


class HoldConsultation(Body):
    """It took place."""

    held_on: DayText


class CancelConsultation(Body):
    """It will not take place."""

    reason: Prose


async def plan_consultation(desk: Desk, _target: str, body: PlanConsultation) -> Result:
    """One for each cohort, year and ordinal."""
    consultation_id = ConsultationId(desk.new_id())
    cohort_id = CohortId(body.cohort_id)
    title, reason = await desk.prose(body.title), await desk.prose(body.reason)

    async def decide(work: Work) -> str:
        moments = of_moments(cohort_id, body.year)
        cohort_events, moment_events = await work.read(of_cohort(cohort_id), moments)
        cohort = desk.fold(cohort_events, None, cohort_rules.evolve)
        if cohort is None:
            raise Refused("cohort.notKnown", field="cohortId", cohortId=cohort_id)
        taken = rules.reserved_moments([one.event for one in moment_events])
        event = ConsultationPlanned(
            cohort_id=cohort_id,
            consultation_id=consultation_id,
            year=body.year,
            ordinal=body.ordinal or rules.next_ordinal(taken),
            planned_on=IsoDate(body.planned_on) if body.planned_on else None,
            starts_at=Instant(body.starts_at) if body.starts_at else None,
            place=body.place,
            title=title,
            reason=reason,
        )
        same = taken.get(event.ordinal)
        if body.ordinal and same is not None and await _planned_the_same(desk, work, same, event):
            return same
        for happened in rules.plan(cohort, taken, desk.house.settings.usual_consultations, event):
            reserved = isinstance(happened, MomentReserved)
            work.append(moments if reserved else of_consultation(consultation_id), happened)
        return consultation_id

    done = await desk.carry_out(decide)
    if done.appended.record.first_position is not None:
        return Result(consultation_id)
    return Result(done.result or await _planned_by(desk, cohort_id, body))


async def _planned_by(desk: Desk, cohort_id: CohortId, body: PlanConsultation) -> ConsultationId:
    """The moment with that ordinal: what a repeated command that found it planned already is about."""
    recorded = await desk.house.store.read_stream(of_moments(cohort_id, body.year))
    then = (await desk.house.store.command(desk.command_id)) if recorded else None
    known = [one.event for one in recorded if then is not None and one.recorded_at <= then.recorded_at]
    taken = rules.reserved_moments(known).get(body.ordinal or 0)
    if taken is None:
        raise Refused("consultation.unknown")
    return taken


async def _planned_the_same(desk: Desk, work: Work, earlier: ConsultationId, event: ConsultationPlanned) -> bool:
    [recorded] = await work.read(of_consultation(earlier))
    planned = desk.existing(recorded, rules.evolve, "consultation").planned
    texts = [one for one in (event.title, event.reason, planned.title, planned.reason) if one]
    contents = await desk.house.vault.compared(one.text_id for one in texts)

    def plain(moment: ConsultationPlanned) -> tuple[object, ...]:
        prose = (contents.get(one.text_id) if one else None for one in (moment.title, moment.reason))
        return (moment.planned_on, moment.starts_at, moment.place, *prose)

    return plain(event) == plain(planned)


async def move_consultation(desk: Desk, target: str, body: MoveConsultation) -> Result:
    """To another month, day or hour."""
    event = ConsultationMoved(
        consultation_id=ConsultationId(target),
        moved_on=desk.day,
        planned_on=IsoDate(body.planned_on) if body.planned_on else None,
        starts_at=Instant(body.starts_at) if body.starts_at else None,
        place=body.place,
        reason=await desk.prose(body.reason),
    )
    stream = of_consultation(event.consultation_id)
    await desk.change(stream, rules.evolve, "consultation", lambda moment: rules.move(moment, event))
    return Result(target)


async def hold_consultation(desk: Desk, target: str, body: HoldConsultation) -> Result:
    """It took place, today or before."""
    event = ConsultationHeld(consultation_id=ConsultationId(target), held_on=IsoDate(body.held_on))
    stream = of_consultation(event.consultation_id)
    await desk.change(stream, rules.evolve, "consultation", lambda moment: rules.hold(moment, event, desk.today))
    return Result(target)


async def cancel_consultation(desk: Desk, target: str, body: CancelConsultation) -> Result:
    """It will not take place; its ordinal is free again."""
    stream = of_consultation(ConsultationId(target))
    event = ConsultationCancelled(
        consultation_id=ConsultationId(target),
        cancelled_on=desk.day,
        reason=await desk.keep("text", {"text": body.reason}),
    )

    async def decide(work: Work) -> None:
        [recorded] = await work.read(stream)
        moment: Consultation = desk.existing(recorded, rules.evolve, "consultation")
        desk.expect(recorded)
        moments = of_moments(moment.cohort_id, moment.planned.year)
        await work.read(moments)
        for happened in rules.cancel(moment, event):
            work.append(moments if isinstance(happened, MomentReleased) else stream, happened)

    await desk.carry_out(decide)
    return Result(target)


COMMANDS = (
    Command(
        name="planConsultation",
        body=PlanConsultation,
        handler=plan_consultation,
        makes="consultation",
        action=Action.PLAN_CONSULTATIONS,
        path="/v1/consultations",
        summary="Plan a consultation moment",
    ),
    Command(
        name="moveConsultation",
        body=MoveConsultation,
        handler=move_consultation,
        makes="consultation",
        target="consultation",
        action=Action.PLAN_CONSULTATIONS,
        path="/v1/consultations/{consultationId}/movings",
        needs_version=True,
        summary="Move a consultation moment, or fix its day",
    ),
    Command(
        name="holdConsultation",
        body=HoldConsultation,
        handler=hold_consultation,
        makes="consultation",
        target="consultation",
        action=Action.PLAN_CONSULTATIONS,
        path="/v1/consultations/{consultationId}/holdings",
        summary="Record that a consultation moment was held",
    ),
    Command(
        name="cancelConsultation",
        body=CancelConsultation,
        handler=cancel_consultation,
        makes="consultation",
        target="consultation",
        action=Action.PLAN_CONSULTATIONS,
        path="/v1/consultations/{consultationId}/cancellations",
        needs_version=True,
        summary="Cancel a consultation moment",
    ),
)
