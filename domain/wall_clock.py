"""Wall time on the agency's clock, and the instants it stands for."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

_MINUTE: Final = timedelta(minutes=1)


def at_wall_time(day: date, wall_time: time, zone: tzinfo) -> datetime:
    """The instant of a wall time: in a gap the first valid instant, in a fold the first of the two."""
    wanted = datetime.combine(day, wall_time)
    instant = wanted.replace(tzinfo=zone, fold=0)
    if instant.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted:
        return instant
    before = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(second=0, microsecond=0)
    offset = before.astimezone(zone).utcoffset()
    while before.astimezone(zone).utcoffset() == offset:
        before += _MINUTE
    return before.astimezone(zone)
