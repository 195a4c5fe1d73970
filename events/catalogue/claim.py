"""What a source says, whether or not others agree."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.values import ClaimId, Event, IsoDate, TextRef


class ClaimStated(Event, frozen=True, kw_only=True):
    """A source says of a subject that something has a value. Others may say otherwise."""

    claim_id: ClaimId
    subject: str
    """The id of what it is about; the programme as a whole where `subject_type` says so."""
    subject_type: str | None = None
    predicate: str
    value: str
    precision: Literal["day", "month", "year"] | None = None
    source: str
    line: str | None = None
    published_on: IsoDate | None = None


class ClaimChosen(Event, frozen=True, kw_only=True):
    """Among what sources say on this subject and predicate, this claim is taken as right, for a reason."""

    effective_field: ClassVar[str | None] = "chosen_on"

    claim_id: ClaimId
    chosen_on: IsoDate
    reason: TextRef


ClaimEvent: TypeAlias = ClaimStated | ClaimChosen
