"""How long what the vault holds is kept, and what is decided when that is over. A log entry is never destroyed."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.values import Event, IsoDate, TextRef

RecordKind: TypeAlias = Literal["agreement", "consultation", "person"]
"""The prose of an agreement, from its end; of a consultation moment, from its date; a person, from its last role."""
Destination: TypeAlias = Literal["destroy", "archive"]


class RetentionRuleSet(Event, frozen=True, kw_only=True):
    """From now on records of this kind are kept for this term, and then go to this destination."""

    effective_field: ClassVar[str | None] = "set_on"

    kind: RecordKind
    years: int
    destination: Destination
    selection_rule: str
    set_on: IsoDate


class DispositionProposed(Event, frozen=True, kw_only=True):
    """A record's term is over: somebody is to decide."""

    effective_field: ClassVar[str | None] = "proposed_on"

    kind: RecordKind
    subject_id: str
    selection_rule: str
    destination: Destination
    counted_from: IsoDate
    due_on: IsoDate
    proposed_on: IsoDate


class DispositionDeferred(Event, frozen=True, kw_only=True):
    """The record is kept longer, for a reason; then it is proposed again."""

    effective_field: ClassVar[str | None] = "deferred_on"

    kind: RecordKind
    subject_id: str
    until: IsoDate
    reason: TextRef
    deferred_by: str
    deferred_on: IsoDate


class DispositionApproved(Event, frozen=True, kw_only=True):
    """The record goes where its rule says. For prose this is the declaration: these texts are destroyed."""

    effective_field: ClassVar[str | None] = "approved_on"

    kind: RecordKind
    subject_id: str
    selection_rule: str
    destination: Destination
    archived_as: str | None = None
    """Where the archive has it, under its own reference."""
    text_ids: tuple[str, ...] = ()
    approved_by: str
    approved_on: IsoDate


RetentionEvent: TypeAlias = RetentionRuleSet
DispositionEvent: TypeAlias = DispositionProposed | DispositionDeferred | DispositionApproved
