"""How long what the vault holds is kept: when its term is over, and what may be decided then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import msgspec

from domain.agreement import Agreement
from domain.consultation import Consultation
from domain.partner import Partner
from domain.refusals import Refused
from domain.values import last_day, parse_instant
from events.catalogue.retention import (
    Destination,
    DispositionApproved,
    DispositionDeferred,
    DispositionEvent,
    DispositionProposed,
    RecordKind,
    RetentionRuleSet,
)

Stage = Literal["proposed", "deferred", "approved"]


@dataclass(frozen=True, slots=True)
class Disposition:
    """What is to become of one record, and how far that is."""

    kind: RecordKind
    subject_id: str
    selection_rule: str
    destination: Destination
    counted_from: str
    due_on: str
    proposed_on: str
    stage: Stage = "proposed"
    until: str | None = None
    reason: str | None = None
    """The id of the text that says why it is kept."""
    decided_by: str | None = None
    decided_on: str | None = None
    archived_as: str | None = None
    texts: int = 0


def evolve(state: Disposition | None, event: DispositionEvent) -> Disposition | None:
    """The disposition after one more event."""
    match event:
        case DispositionProposed():
            return Disposition(
                event.kind,
                event.subject_id,
                event.selection_rule,
                event.destination,
                event.counted_from,
                event.due_on,
                event.proposed_on,
            )
        case DispositionDeferred():
            return state and replace(
                state,
                stage="deferred",
                until=event.until,
                reason=event.reason.text_id,
                decided_by=event.deferred_by,
                decided_on=event.deferred_on,
            )
        case DispositionApproved():
            return state and replace(
                state,
                stage="approved",
                until=None,
                reason=None,
                decided_by=event.approved_by,
                decided_on=event.approved_on,
                archived_as=event.archived_as,
                texts=len(event.text_ids),
            )


def set_rule(current: RetentionRuleSet | None, event: RetentionRuleSet) -> Sequence[RetentionRuleSet]:
    """The same told twice, on whichever day, happened once."""
    same = current and msgspec.structs.replace(current, set_on=event.set_on)
    return [] if same == event else [event]


def propose(state: Disposition | None, event: DispositionProposed, today: date) -> Sequence[DispositionProposed]:
    """Once; and again when the time is over for which it was kept."""
    if state is None or (state.stage == "deferred" and last_day(state.until or "") < today):
        return [event]
    return []


def defer(state: Disposition, event: DispositionDeferred) -> Sequence[DispositionEvent]:
    """What waits for a decision."""
    if state.stage != "proposed":
        raise Refused("disposition.notOpen", stage=state.stage)
    if event.until <= event.deferred_on:
        raise Refused("disposition.untilPast", field="until", until=event.until)
    return [event]


def approve(state: Disposition, event: DispositionApproved) -> Sequence[DispositionEvent]:
    """What waits for a decision; what is to be archived is in the archive first."""
    if state.stage == "approved":
        return []
    if state.stage != "proposed":
        raise Refused("disposition.notOpen", stage=state.stage)
    if state.destination == "archive" and not event.archived_as:
        raise Refused("disposition.notArchived", field="archivedAs")
    return [event]


def over_on(counted_from: date, years: int) -> date:
    """The day on which a term is over; of 29 February the 28th."""
    try:
        return counted_from.replace(year=counted_from.year + years)
    except ValueError:
        return counted_from.replace(year=counted_from.year + years, day=28)


def end_of_agreement(state: Agreement) -> date:
    """From when its prose is kept."""
    end = state.period.last_possible_day
    return min(end, last_day(state.termination.effective_on)) if state.termination else end


def day_of_consultation(state: Consultation) -> date:
    """From when its prose is kept."""
    if state.held:
        return last_day(state.held.held_on)
    if state.starts_at:
        return parse_instant(state.starts_at).date()
    return last_day(state.planned_on or str(state.planned.year))


def last_role(person_id: str, partners: Sequence[Partner], agreements: Sequence[Agreement]) -> date | None:
    """When a person last had a part in anything; None while it has, or where it never had."""
    ends: list[date] = []
    for partner in partners:
        managers = partner.account_managers
        for one, following in zip(managers, (*managers[1:], None), strict=True):
            if one.person_id == person_id and following is None:
                return None
            if one.person_id == person_id and following is not None:
                ends.append(last_day(following.effective_on))
    ends += [
        end_of_agreement(agreement)
        for agreement in agreements
        if any(one.person_id == person_id for one in agreement.signed.signatories)
    ]
    return max(ends, default=None)
