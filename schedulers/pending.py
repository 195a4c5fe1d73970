"""Where to look for reminders that time has something to do about: a snooze that ends, a step of an escalation."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final

import sqlalchemy as sa

from domain.chase import counted_back
from domain.windows import Window

_AT_ONCE: Final = 50


def pending_in(raised: sa.Table, window: Window, steps: Iterable[str]) -> Sequence[sa.Select[tuple[str]]]:
    """Those whose snooze ends in a window, or of which a step comes due in it: queries of one range each.

    `steps`: how long after anybody's reminders are escalated.
    """
    ranges = [(raised.c.returns_at, window.after, window.until)]
    for step in sorted(steps):
        ranges += [(raised.c.waits_from, *instants) for instants in window.instants(counted_back(step))]
    return [sa.select(raised.c.key).where(column.between(_text(first), _text(last))) for column, first, last in ranges]


def pending_about(raised: sa.Table, subjects: Sequence[str]) -> Sequence[sa.Select[tuple[str]]]:
    """Those of subjects where something was recorded."""
    return [
        sa.select(raised.c.key).where(
            raised.c.subject.in_(subjects[start : start + _AT_ONCE]), raised.c.waits_from.is_not(None)
        )
        for start in range(0, len(subjects), _AT_ONCE)
    ]


def pending_still(raised: sa.Table, agenda: sa.Table, day: date) -> sa.Select[tuple[str]]:
    """All of them, of subjects that something may still be open on."""
    asked = sa.select(raised.c.key).join(agenda, agenda.c.key == raised.c.subject)
    return asked.where(agenda.c.due_until >= day.isoformat(), raised.c.waits_from.is_not(None))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
