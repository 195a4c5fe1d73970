"""Who may do what: one table, and one function that reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from service.auth.tokens import ROLES, Caller, Role
from service.problems import Problem

Reach = Literal["all", "own", "scope", "none"]


class Action(Enum):
    """Everything that the register lets someone do, as the table's rows have it."""

    READ_AGREEMENTS = "readAgreements"
    READ_PARTNERS = "readPartners"
    READ_CONSULTATIONS = "readConsultations"
    MANAGE_PARTNERS = "managePartners"
    PLAN_CONSULTATIONS = "planConsultations"
    READ_EVENT_FEED = "readEventFeed"
    READ_EVALUATIONS = "readEvaluations"
    SIGN_AGREEMENTS = "signAgreements"
    MANAGE_COHORTS = "manageCohorts"
    RECORD_EVALUATIONS = "recordEvaluations"
    CORRECT = "correct"
    READ_REMINDERS = "readReminders"
    ACKNOWLEDGE_REMINDER = "acknowledgeReminder"
    SET_REMINDERS = "setReminders"
    READ_CLAIMS = "readClaims"
    STATE_CLAIMS = "stateClaims"
    IMPORT_DATA = "importData"
    EXPORT_DATA = "exportData"
    READ_PERSONS = "readPersons"
    ERASE_PERSONS = "erasePersons"
    MANAGE_ACCESS = "manageAccess"
    VERIFY_AUDIT = "verifyAudit"
    READ_AUDIT_LOG = "readAuditLog"
    REBUILD_PROJECTIONS = "rebuildProjections"


_TABLE: Final = """
                      administrator programmeManager accountManager partner        auditor        client
readAgreements        -             A                A              O              A              S:agreements:read
readPartners          -             A                A              O              A              S:partners:read
readConsultations     -             A                A              O              A              S:consultations:read
managePartners        -             A                O/contacts     -              -              S:partners:write
planConsultations     -             A                O              -              -              S:consultations:write
readEventFeed         -             A                -              -              A              S:log:read
readEvaluations       -             A                O              -              A              S:evaluations:read
signAgreements        -             A                O/draft        -              -              S:agreements:write
manageCohorts         -             A                O/draft        -              -              -
recordEvaluations     -             A                O              O/kpiFigures   -              S:evaluations:write
correct               -             A                A/propose      -              -              -
readReminders         -             A                O              O              A              S:reminders:read
acknowledgeReminder   -             A                O              O              -              S:reminders:write
setReminders          -             A                -              -              -              -
readClaims            -             A                A              -              A              S:claims:read
stateClaims           -             A                -              -              -              S:claims:write
importData            -             A                -              -              -              S:import
exportData            -             A                -              -              A              S:export
readPersons           -             A                O              O              A/withReason   S:persons:read
erasePersons          A/execute     A/request        -              O/ask          A/see          -
manageAccess          A             -                -              -              A/see          -
verifyAudit           A             A                A              A              A              S:log:read
readAuditLog          -             A                O              O              A              -
rebuildProjections    A             -                -              -              -              -
"""
"""A all, O own or assigned, S the scope named, - nothing. After a stroke: only that part of it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a role may of an action. With a `part`, only that part."""

    reach: Reach
    part: str | None = None
    scope: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Cell":
        """As the table writes it."""
        letter, _, scope = text.partition(":")
        letter, _, part = letter.partition("/")
        return cls(_REACHES[letter], part or None, scope or None)


_REACHES: Final[Mapping[str, Reach]] = {"A": "all", "O": "own", "S": "scope", "-": "none"}


def _read(table: str) -> Mapping[tuple[Action, Role], Cell]:
    header, *rows = (line.split() for line in table.strip().splitlines())
    if tuple(header) != ROLES:
        raise ValueError("the table's columns are not the roles")
    return {
        (Action(name), role): Cell.parse(text) for name, *texts in rows for role, text in zip(ROLES, texts, strict=True)
    }


TABLE: Final = _read(_TABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a caller was allowed: everything, or what is its own.

    Own is the partner `partner_id`, or every partner whose account manager is the person `person_id`. Where both are
    None, own is nothing.
    """

    everything: bool
    partner_id: str | None = None
    person_id: str | None = None


EVERYTHING: Final = Grant(everything=True)

UNDIVIDED: Final = frozenset({Action.READ_EVENT_FEED, Action.READ_CLAIMS, Action.STATE_CLAIMS})
"""What is of all partners at once: a client system that is of one partner has no part of it."""


def judge(caller: Caller, action: Action, *, part: str | None = None) -> Grant:
    """What the caller may of an action. Raises the 403 that fits.

    Where a role may only part of it (an account manager only a partner's contacts), the route says which part it is.
    """
    if caller.role == "operator":
        return EVERYTHING
    cell = TABLE[action, caller.role]
    if cell.part not in {None, part}:
        raise Problem.forbidden(caller.role)
    match cell.reach:
        case "all":
            return EVERYTHING
        case "own":
            return _own(caller)
        case "scope" if caller.partner_id and action in UNDIVIDED:
            raise Problem.forbidden(caller.role)
        case "scope" if cell.scope in caller.scopes:
            return _own(caller) if caller.partner_id else EVERYTHING
        case "scope":
            raise Problem.missing_scope(cell.scope or "")
        case "none":
            raise Problem.forbidden(caller.role)


def part_of(caller: Caller, action: Action) -> str | None:
    """The part of an action that the caller's role may, where it is not the whole."""
    return None if caller.role == "operator" else TABLE[action, caller.role].part


def any_part(caller: Caller, action: Action) -> Grant:
    """What the caller may know of, whichever part of the action it may. Raises the 403 that fits."""
    return judge(caller, action, part=part_of(caller, action))


def may(caller: Caller, action: Action, *, part: str | None = None) -> bool:
    """Whether the caller may anything of an action, or of this part of it, at all."""
    try:
        judge(caller, action, part=part)
    except Problem:
        return False
    return True


def _own(caller: Caller) -> Grant:
    if caller.role == "accountManager":
        return Grant(everything=False, person_id=caller.person_id)
    return Grant(everything=False, partner_id=caller.partner_id)
