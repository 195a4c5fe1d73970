"""What sources say, whether or not others agree, and which kind of source carries most weight."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.values import ClaimId, Event, IsoDate, SourceId, TextRef

SourceKind: TypeAlias = Literal["deed", "parliamentaryAnswer", "pressRelease", "newsItem", "partnerPage", "other"]


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


class SourceDescribed(Event, frozen=True, kw_only=True):
    """What is known of a document that claims were taken from. `sha256` is that of its text."""

    source_id: SourceId
    document: str
    kind: SourceKind
    publisher: str | None = None
    published_on: IsoDate | None = None
    language: str | None = None
    sha256: str | None = None


class AuthorityOrdered(Event, frozen=True, kw_only=True):
    """Kinds of sources from the weightiest down: what is suggested where they disagree. It decides nothing."""

    effective_field: ClassVar[str | None] = "ordered_on"

    kinds: tuple[SourceKind, ...]
    ordered_on: IsoDate
    reason: TextRef | None = None


ClaimEvent: TypeAlias = ClaimStated | ClaimChosen
SourceEvent: TypeAlias = SourceDescribed
AuthorityEvent: TypeAlias = AuthorityOrdered
