"""What readers get: JSON in lowerCamelCase, where unknown is absent rather than null."""

from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

T = TypeVar("T")

ERASED: Final = "Only of an erased person: since when. Its name is nowhere any more, whatever instant is asked about."


class View(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, frozen=True)


class Resource(View):
    """An object of its own: with an address, and after a write the log position of its last event."""

    href: str
    position: int | None = Field(default=None, description="After a write: the log position of its last event.")


class AliasView(View):
    """Another way in which the partner is written."""

    name: str
    kind: str | None = None
    language: str | None = None


class UnitView(View):
    """A division that carries the agreement out."""

    name: str
    effective_on: str | None = None


class AccountManagerView(View):
    """Who looks after the partner, from when."""

    person_id: str
    effective_on: str
    erased_on: str | None = Field(default=None, description=ERASED)


class SuccessionView(View):
    """How another partner took its place."""

    kind: str
    effective_on: str
    reason: str | None = None


class PartnerView(Resource):
    """A partner on a day."""

    partner_id: str
    name: str
    kind: str | None = None
    enterprise_number: str | None = None
    added_on: str | None = None
    name_effective_on: str | None = Field(default=None, description="Since when it has this name, or by when.")
    name_effective_on_kind: str | None = None
    aliases: list[AliasView] = []
    executing_units: list[UnitView] = []
    account_managers: list[AccountManagerView] = []
    successor_id: str | None = None
    succession: SuccessionView | None = None
    warnings: list[str] = Field(default=[], description="After a write: what deserves a second look.")


class PersonView(Resource):
    """A person, from the vault."""

    person_id: str
    name: str
    email: str | None = None
    role: str | None = None
    language: str | None = Field(default=None, description="Of the mails to this person.")


class ErasureRequestView(Resource):
    """A wish or a request to erase a person, and what became of it."""

    request_id: str
    person_id: str
    state: str = Field(
        description="`wished`, `takenUp`, `requested`, `declined`; once executed `pending` until no byte is left, then "
        "`complete`."
    )
    asked_by: str
    asked_on: str
    legal_ground: str | None = None
    selection_rule: str | None = None
    executed_by: str | None = None
    declined_on: str | None = None
    erased_on: str | None = None
    completed_at: str | None = None
    legal_holds: list[str] = Field(default=[], description="What keeps it from being executed.")
    reason: str | None = None


class LegalHoldView(Resource):
    """Why a person may not be erased, and until when that was."""

    hold_id: str
    person_id: str
    ground: str
    placed_by: str
    placed_on: str
    lifted_by: str | None = None
    lifted_on: str | None = None
    lifted_ground: str | None = None


class RetentionRuleView(Resource):
    """For how many years records of a kind are kept, and what becomes of them then."""

    kind: str
    years: int
    destination: str
    selection_rule: str
    set_on: str


class DispositionView(Resource):
    """A record whose term is over."""

    disposition_id: str
    kind: str
    subject_id: str
    state: str
    selection_rule: str
    destination: str
    counted_from: str
    due_on: str
    proposed_on: str
    until: str | None = None
    reason: str | None = None
    decided_by: str | None = None
    decided_on: str | None = None
    archived_as: str | None = None
    texts: int | None = Field(default=None, description="How many texts were destroyed.")


class AccessRecordView(View):
    """Somebody was shown these rows of the vault."""

    record_id: str
    at: str
    actor: str
    role: str
    channel: str
    purpose: str
    reason: str | None = None
    ids: list[str]


class ShareView(View):
    """What a party pays, in percent."""

    party: str
    share: str


class TermsView(View):
    """What the cohort's agreements say, as far as the record knows."""

    co_financing: list[ShareView] | None = None
    consultation_months: list[int] | None = None
    evaluation: str | None = None
    reminder_offsets: dict[str, list[str]] | None = None


class LeaverView(View):
    """A partner that did not go on, and why if that is known."""

    partner_id: str
    reason: str | None = None


class MemberView(View):
    """A partner in the cohort; without an agreement until it signs."""

    partner_id: str
    agreement_id: str | None = None


class KpiResultView(View):
    """A figure as the evaluation found it."""

    kpi_id: str
    value: str


class ImprovementPointView(View):
    """What asks to be improved; absent text was erased."""

    text: str | None = None
    due_on: str | None = None
    reported_on: str | None = None


class EvaluationView(View):
    """A year's evaluation."""

    year: int
    held_on: str
    kpi_results: list[KpiResultView] = []
    findings: str | None = None
    improvement_points: list[ImprovementPointView] = []


class CohortParts(View):
    """What a cohort is, and what a renewal would make."""

    name: str
    runs_from: str
    runs_until: str
    opened_on: str | None = None
    announced_partner_count: int | None = None
    terms: TermsView | None = None
    predecessor_id: str | None = None
    successor_id: str | None = None
    stayed: list[str] = []
    joined: list[str] = []
    left: list[LeaverView] = []
    members: list[MemberView] = []
    evaluations: list[EvaluationView] = []
    improvement_points: list[ImprovementPointView] = []


class ClaimedCountView(View):
    """A number of partners that a source gives."""

    claim_id: str
    predicate: str
    value: str
    source: str
    line: str | None = None
    differs: bool = Field(description="Whether the register lists another number.")


class PartnerCountsView(View):
    """What was announced beside what is listed, and what sources say."""

    announced: int | None = None
    listed: int = Field(description="Partners that are or were in the cohort.")
    differs: bool = Field(description="Whether another number was announced than is listed.")
    claimed: list[ClaimedCountView] | None = None


class CohortView(Resource, CohortParts):
    """A cohort on a day."""

    cohort_id: str
    partner_counts: PartnerCountsView | None = Field(default=None, description="For who sees all partners in it.")


class RenewalView(CohortParts):
    """What a renewal makes: the new cohort; for a dry run, which makes none, with what would be recorded."""

    href: str | None = None
    position: int | None = None
    cohort_id: str | None = None
    dry_run: bool | None = None
    would_record: list[str] | None = Field(default=None, description="Types of the events of a real run, in order.")


class SignatoryView(View):
    """Who signed for whom."""

    person_id: str
    for_party: str
    capacity: str | None = None
    erased_on: str | None = Field(default=None, description=ERASED)


class AmendmentView(View):
    """A change to the agreement."""

    effective_on: str
    runs_until: str | None = None
    evaluation: str | None = None
    summary: str | None = None
    reason: str | None = None


class TerminationView(View):
    """Why and from when it is not in force any more."""

    effective_on: str
    reason: str | None = None


class KpiView(View):
    """A figure that the parties agreed to measure."""

    kpi_id: str
    name: str
    unit: str | None = None
    target: str | None = None
    effective_on: str | None = None


class MeasurementView(View):
    """A KPI's figure on a day."""

    kpi_id: str
    value: str
    measured_on: str


MEASUREMENTS: Final = TypeAdapter(list[MeasurementView])
"""There can be many; made all at once they cost a fourth."""


class AgreementView(Resource):
    """An agreement on a day."""

    agreement_id: str
    cohort_id: str
    partner_id: str
    partner_name: str | None = None
    signed_on: str
    place: str | None = None
    runs_from: str
    runs_until: str
    own_term: bool = Field(description="Whether the term is its own; else it follows the cohort's.")
    retroactive: bool | None = None
    evaluation: str | None = None
    status: str
    certain: bool = Field(description="Whether every date that the status rests on is known to the day.")
    signatories: list[SignatoryView] = []
    amendments: list[AmendmentView] = []
    termination: TerminationView | None = None
    successor_cohort_id: str | None = None
    evaluations: list[EvaluationView] | None = None
    kpis: list[KpiView] | None = None
    kpi_measurements: list[MeasurementView] | None = None


class ConsultationView(Resource):
    """A consultation moment on a day."""

    consultation_id: str
    cohort_id: str
    year: int
    ordinal: int
    planned_on: str | None = None
    starts_at: str | None = None
    place: str | None = None
    title: str | None = None
    reason: str | None = None
    status: str
    held_on: str | None = None
    cancelled_on: str | None = None


class SubjectView(View):
    """What something is about."""

    type: str
    id: str | None = None


class ReminderView(Resource):
    """One occurrence of one obligation."""

    reminder_id: str
    key: str
    kind: str
    subject: SubjectView
    due_on: str
    certain: bool
    offset: str
    timing: str
    recipient: str
    channel: str
    status: str
    raised_at: str
    snoozed_until: str | None = None
    returned_on: str | None = Field(default=None, description="When it came back from its last snooze.")
    escalated_to: list[str] = Field(default=[], description="The roles that were told since nobody acknowledged it.")
    supersedes: list[str] = []


class ExplanationView(View):
    """Why a reminder was raised, when and to whom."""

    reminder_id: str
    key: str
    explanation: str
    kind: str
    due_on: str
    offset: str
    raise_at: str
    raised_at: str
    recipient: str
    timing: str
    snoozed_until: str | None = None
    returned_on: str | None = None
    escalated_to: list[str] = []
    supersedes: list[str] = []


class HistoryItem(View):
    """One event in one sentence."""

    position: int
    href: str = Field(description="The event in the log.")
    inclusion_proof: str = Field(description="Where the proof is that the log holds it.")
    type: str
    sentence: str
    actor: str
    effective_on: str | None = None
    effective_on_kind: str | None = None
    recorded_at: str
    sources: "list[SourceView]" = []
    corrects: int | None = Field(default=None, description="Of a correction: the position of what it corrects.")
    corrected_by: int | None = Field(default=None, description="The position of the last correction of it.")


class FieldChange(View):
    """A field of an object that differs; of a list, what went and what came."""

    field: str
    old: Any = Field(default=None, description="As it was known at the earlier instant; absent where it was not.")
    new: Any = Field(default=None, description="As it was known at the later one.")


class KnowledgeChange(View):
    """An object that is known otherwise at two instants, and because of what."""

    subject: "SubjectView"
    href: str
    name: str | None = None
    change: Literal["added", "changed", "removed"]
    fields: list[FieldChange]
    events: list[HistoryItem] = Field(description="What was recorded of it in between.")


class KnowledgeRow(View):
    """One field of one object, in a file."""

    subject_type: str
    subject_id: str
    name: str | None = None
    change: str
    field: str
    old: Any = None
    new: Any = None
    positions: str = Field(description="Where the events stand that it is known by.")
    href: str


class KnowledgeChanges(View):
    """A page of them, in the order in which the register learned something new of each."""

    items: list[KnowledgeChange]
    total: int
    known_from: str
    known_to: str
    page_size: int
    next: str | None = None
    register_began: str | None = None


class SourceView(View):
    """A document that an event was taken from."""

    document: str
    lines: list[str] = []
    published_on: str | None = None


class ClaimView(Resource):
    """What a source says."""

    claim_id: str
    subject: "SubjectView | str"
    predicate: str
    value: str
    precision: str | None = None
    source: str
    source_kind: str | None = Field(default=None, description="What kind of source it is, where that is known.")
    line: str | None = None
    published_on: str | None = None
    recorded_at: str
    chosen: bool = Field(description="Whether this is the one to go by: the last resolution stands.")
    resolution: "ResolutionView | None" = None
    open: bool = Field(description="Whether sources disagree here and none was chosen.")
    suggested: bool | None = Field(
        default=None, description="Where open: whether the weightiest source says this. It settles nothing."
    )


class ResolutionView(View):
    """Why a claim is the one to go by, since when, and who said so; an absent reason was erased."""

    chosen_on: str
    reason: str | None = None
    actor: str
    position: int


class AuthorityOrderView(Resource):
    """Kinds of sources, the weightiest first: what is suggested where they disagree."""

    kinds: list[str]
    usual: bool = Field(description="Whether nobody has ordered them yet.")
    ordered_on: str | None = None
    reason: str | None = None


class DocumentView(Resource):
    """What is known of a document that claims were taken from."""

    source_id: str
    document: str
    kind: str
    publisher: str | None = None
    published_on: str | None = None
    language: str | None = None
    sha256: str | None = None


class Collection(View, Generic[T]):
    """A page of objects of one kind."""

    items: list[T]
    total: int
    page_size: int
    next: str | None = Field(default=None, description="The address of the next page; absent at the end.")
    register_began: str | None = Field(
        default=None, description="Where knownAt lies before it: when the register learned its first event."
    )
