"""How reminders are to come: what the programme, the cohort and the agreement say, the narrower before the wider."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from domain.refusals import Refused
from domain.values import Offset
from domain.wall_clock import at_wall_time
from domain.working_days import WorkingDays, working_days
from events.catalogue.policy import (
    AgencyCalendarSet,
    EscalationStep,
    ProgrammeManagersNamed,
    QuietHours,
    ReminderPolicySet,
    Shift,
)

USUAL_OFFSETS: Final[dict[str, tuple[str, ...]]] = {
    "consultation": ("P30D", "P14D", "P3D", "-P7D"),
    "fixDay": ("P12M", "P6M", "P3M", "P30D", "P14D", "P0D"),
    "evaluation": ("P90D", "P30D", "P0D", "-P30D"),
    "kpiFigures": ("P60D", "P30D", "P7D"),
    "agreementEnd": ("P12M", "P6M", "P3M", "P30D"),
    "cohortEnd": ("P12M", "P6M", "P3M", "P30D"),
}
"""Kind -> offsets where nobody says others."""

ROLES: Final = ("accountManager", "deputy", "programmeManager", "partnerContact")
"""Who can be reminded."""

_HOUR: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one subject."""

    offsets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Kind of obligation -> offsets, where others than the usual ones."""
    shift: Shift = "none"
    quiet_hours: QuietHours | None = None
    escalation: tuple[EscalationStep, ...] = ()
    days: WorkingDays = field(default_factory=WorkingDays)

    def offsets_of(self, kind: str) -> Sequence[str]:
        """Those of a kind of obligation."""
        return self.offsets.get(kind, USUAL_OFFSETS[kind])

    def sent_at(self, at: datetime, zone: tzinfo) -> datetime:
        """When what is ready at an instant may be sent: after the quiet hours."""
        quiet = self.quiet_hours
        if quiet is None:
            return at
        local = at.astimezone(zone)
        day, now = local.date(), local.time()
        if quiet.working_days_only and not self.days.is_open(day):
            return self.sent_at(at_wall_time(self.days.shifted(day, "forward"), time(), zone), zone)
        begins, ends = time.fromisoformat(quiet.begins), time.fromisoformat(quiet.ends)
        if begins > ends and now >= begins:
            return self.sent_at(at_wall_time(day + _A_DAY, ends, zone), zone)
        if now < ends and (begins > ends or begins <= now):
            return at_wall_time(day, ends, zone)
        return at


def policy_of(
    said: Sequence[ReminderPolicySet],
    calendar: AgencyCalendarSet | None,
    terms: Mapping[str, Sequence[str]] | None = None,
) -> Policy:
    """What holds where these scopes said this, the widest first; `terms` are the offsets in the cohort's own terms."""
    policy = Policy(offsets=dict(terms or {}), days=working_days(calendar))
    for one in said:
        before = terms or {} if one.scope == "programme" else {}
        policy = replace(
            policy,
            offsets={**policy.offsets, **(one.offsets or {}), **before},
            shift=policy.shift if one.shift is None else one.shift,
            quiet_hours=policy.quiet_hours if one.quiet_hours is None else one.quiet_hours,
            escalation=policy.escalation if one.escalation is None else one.escalation,
        )
    return policy


def set_policy(current: ReminderPolicySet | None, event: ReminderPolicySet) -> Sequence[ReminderPolicySet]:
    """From now on. The same told twice happened once."""
    for kind, offsets in (event.offsets or {}).items():
        if kind not in USUAL_OFFSETS:
            raise Refused("policy.kindUnknown", field="offsets", kind=kind)
        for offset in offsets:
            Offset.parse(offset)
    if event.quiet_hours:
        _check_hours(event.quiet_hours)
    _check_escalation(event.escalation or ())
    return [] if current and _as_on(current, event.set_on) == event else [event]


def check_subject(scope: str, subject_id: str | None) -> None:
    """A cohort's and an agreement's name which one; the programme is one."""
    if (scope == "programme") != (subject_id is None):
        raise Refused("policy.subjectNeeded", field="subjectId", scope=scope)


def name_managers(
    current: ProgrammeManagersNamed | None, event: ProgrammeManagersNamed
) -> Sequence[ProgrammeManagersNamed]:
    """At least one, each once."""
    if len(set(event.person_ids)) != len(event.person_ids):
        raise Refused("person.namedTwice", field="personIds")
    return [] if current and current.person_ids == event.person_ids else [event]


def _check_hours(quiet: QuietHours) -> None:
    for name, text in (("begins", quiet.begins), ("ends", quiet.ends)):
        if _HOUR.fullmatch(text) is None:
            raise Refused("policy.hourInvalid", field=f"quietHours.{name}", value=text)
    if quiet.begins == quiet.ends:
        raise Refused("policy.hourInvalid", field="quietHours.ends", value=quiet.ends)


def _check_escalation(steps: Sequence[EscalationStep]) -> None:
    last = -1
    for step in steps:
        offset = Offset.parse(step.after)
        days = (date(2024, 1, 1) - Offset(offset.count, offset.unit).before(date(2024, 1, 1))).days
        if offset.after or days <= last:
            raise Refused("policy.stepsNotInOrder", field="escalation", after=step.after)
        last = days
    if len({step.to for step in steps}) != len(steps):
        raise Refused("policy.roleTwice", field="escalation")


def _as_on(current: ReminderPolicySet, day: str) -> ReminderPolicySet:
    return ReminderPolicySet(**{**{name: getattr(current, name) for name in current.__struct_fields__}, "set_on": day})
