"""Which dates come into reach of their reminders while time goes on: `calendar.occurrences` the other way round.

What is found is never narrower than what is to be raised; around a change of the clocks, or after a pause, it is wider
by a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from domain.values import Offset
from domain.working_days import WorkingDays

_A_DAY: Final = timedelta(days=1)
_SHORT: Final = timedelta(hours=1)
_MONTHS_DIFFER_BY: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant, not included, until an instant, included, on a wall clock.

    Where anybody's reminders are shifted to working days, `shifting` says which these are.
    """

    after: datetime
    until: datetime
    zone: tzinfo
    shifting: WorkingDays | None = None

    def days(self, offset: str) -> tuple[date, date] | None:
        """The dates that an offset counts back from to a midnight in the window: the first and the last."""
        first, last = self._wall(self.after).date() + _A_DAY, self._wall(self.until).date()
        if not self._even:
            first, last = first - _A_DAY, last + _A_DAY
        if self.shifting and first <= last:
            first, last = self.shifting.shifted_from(first, last)
        return counted_from(Offset.parse(offset), first, last)

    def instants(self, offset: str) -> Sequence[tuple[datetime, datetime]]:
        """The instants that an offset counts back from to one in the window, keeping the hour: ranges, both ends
        included.
        """
        after, until = self._wall(self.after), self._wall(self.until)
        if not self._even:
            after, until = _midnight(after.date() - _A_DAY), _midnight(until.date() + 2 * _A_DAY)
        if self.shifting is None:
            windows = [(after, until)]
        else:
            first, last = self.shifting.shifted_from(after.date(), until.date())
            if until - after > _A_DAY:
                windows = [(_midnight(first), _midnight(last + _A_DAY))]
            else:
                before, beyond = (after.date() - first).days, (last - until.date()).days
                windows = [(after + number * _A_DAY, until + number * _A_DAY) for number in range(-before, beyond + 1)]
        parsed = Offset.parse(offset)
        return [found for window in windows if (found := self._counted(parsed, *window))]

    def _counted(self, offset: Offset, after: datetime, until: datetime) -> tuple[datetime, datetime] | None:
        days = counted_from(offset, after.date(), until.date())
        if days is None:
            return None
        first, last = days
        from_hour = after.time() if offset.before(first) == after.date() else time()
        until_hour = until.time() if offset.before(last) == until.date() else time.max
        return (
            min(self._both(datetime.combine(first, from_hour))),
            max(self._both(datetime.combine(last, until_hour))),
        )

    @property
    def _even(self) -> bool:
        """Whether the wall clock goes on evenly: the clocks are not changed in between, not even twice."""
        same = self.after.astimezone(self.zone).utcoffset() == self.until.astimezone(self.zone).utcoffset()
        return same and self.until - self.after <= _SHORT

    def _wall(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone).replace(tzinfo=None)

    def _both(self, wall: datetime) -> tuple[datetime, datetime]:
        """The instants that a wall time can be: two in a fold, and those around a gap."""
        first, second = (wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return first, second


def counted_from(offset: Offset, first: date, last: date) -> tuple[date, date] | None:
    """The days that an offset counts back from to one of these: the first and the last. None if there is none."""
    forth = replace(offset, after=not offset.after)
    lowest, highest = forth.before(first), forth.before(last) + _MONTHS_DIFFER_BY
    while lowest <= highest and offset.before(lowest) < first:
        lowest += _A_DAY
    while lowest <= highest and offset.before(highest) > last:
        highest -= _A_DAY
    return (lowest, highest) if lowest <= highest else None


def year_end(first: date, last: date) -> date | None:
    """The last 31 December among these days."""
    found = date(last.year if (last.month, last.day) == (12, 31) else last.year - 1, 12, 31)
    return found if found >= first else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
