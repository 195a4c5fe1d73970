"""What a mail says: what, when, where, and why one gets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from domain.labels import Language, Words, label
from domain.values import parse_instant
from domain.wording import by_date, listed, offset_text, on_date, on_instant, reminder_reason
from events.catalogue.reminder import ReminderRaised, Timing
from schedulers.delivery.standing import Stands
from schedulers.subjects import Subject

_WHAT = Words("Wat", "What")
_ABOUT = Words("Over", "About")
_WHEN = Words("Wanneer", "When")
_WHERE = Words("Waar", "Where")
_ALSO = Words("Ook", "Also")
_WHY = Words("Waarom u dit krijgt", "Why you get this")
_AUTOMATIC = Words(
    "Het register van overeenkomsten verstuurt dit bericht zelf; antwoorden leest niemand.",
    "The register of agreements sends this message by itself; nobody reads answers.",
)


@dataclass(frozen=True, slots=True)
class Told:
    """The words of one mail."""

    subject: str
    language: Language
    rows: Sequence[tuple[str, str]]
    automatic: str


def tell(stands: Stands, timing: Timing, roles: tuple[str, str], language: Language, zone: tzinfo) -> Told:
    """In the recipient's language. `roles`: whom it is for, and what the recipient is told as."""
    raised = stands.raised
    kind = label("reminderKind", raised.kind, language)
    what = f"{kind[0].upper()}{kind[1:]}"
    late = "" if timing == "upcoming" else f" ({label('timing', timing, language)})"
    about, when = _about(stands.subject, language), _when(stands, language, zone)
    rows = [(_WHAT.of(language), what + late)]
    if about:
        rows.append((_ABOUT.of(language), about))
    rows.append((_WHEN.of(language), when))
    if stands.subject.consultation and (place := stands.subject.consultation.place):
        rows.append((_WHERE.of(language), place))
    if raised.supersedes:
        earlier = listed([offset_text(one, language) for one in raised.supersedes], language)
        told = Words(f"dit vervangt wat had moeten komen: {earlier}", f"this replaces what should have come: {earlier}")
        rows.append((_ALSO.of(language), told.of(language)))
    rows.append((_WHY.of(language), _why(raised, roles, language)))
    subject = ": ".join(part for part in (f"{what}{late}", about) if part)
    return Told(f"{subject}, {when}", language, rows, _AUTOMATIC.of(language))


def _about(subject: Subject, language: Language) -> str:
    cohort = subject.cohort.name if subject.cohort else None
    if subject.partner is None:
        return cohort or ""
    joint = Words("in", "in").of(language)
    return f"{subject.partner.name} {joint} {cohort}" if cohort else subject.partner.name


def _when(stands: Stands, language: Language, zone: tzinfo) -> str:
    consultation = stands.subject.consultation
    if consultation and consultation.starts_at:
        return on_instant(parse_instant(consultation.starts_at).astimezone(zone).isoformat(), language)
    due_on = stands.raised.due_on
    return on_date(due_on, language) if stands.raised.certain else by_date(due_on, language)


def _why(raised: ReminderRaised, roles: tuple[str, str], language: Language) -> str:
    """Another role than the reminder's own is told because nobody acknowledged it; or it stands in for somebody."""
    first, wanted, own = (label("role", role, language) for role in (raised.recipient, *roles))
    said = [
        reminder_reason(raised.kind, raised.due_on, raised.offset, raised.recipient, language, certain=raised.certain)
    ]
    if wanted != first:
        escalated = Words(
            f"Geen {first} bevestigde het; daarom krijgt ook de {wanted} het.",
            f"No {first} acknowledged it; so the {wanted} gets it too.",
        )
        said.append(escalated.of(language))
    if own != wanted:
        stands_in = Words(
            f"Er is geen {wanted} die bereikt kan worden; daarom krijgt u het als {own}.",
            f"There is no {wanted} who can be reached; so you get it as {own}.",
        )
        said.append(stands_in.of(language))
    return " ".join(said)
