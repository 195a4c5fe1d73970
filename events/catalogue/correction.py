"""A recorded event said something wrong: this one stands in its place from now on."""

from typing import Any, ClassVar

from events.catalogue.values import Event, IsoDate, TextRef


class EventCorrected(Event, frozen=True, kw_only=True):
    """From its recording on, `data` stands in the place of the event at `position` of the same stream."""

    effective_field: ClassVar[str | None] = "corrected_effective_on"

    position: int
    corrected_type: str
    corrected_version: int
    data: dict[str, Any]
    reason: TextRef
    corrected_effective_on: IsoDate | None = None
    """The legal date of the event as corrected."""
