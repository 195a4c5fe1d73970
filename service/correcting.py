"""What corrections changed, found in the streams that they stand in."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from domain.sentences.changes import Changed, changed
from events.catalogue.correction import EventCorrected
from events.codec import Codec
from events.envelope import Recorded
from events.store.port import UnreadableEventError
from service.house import Errera


async def changes_in(
    house: Errera, told: Iterable[Recorded[Any]], at_hand: Mapping[str, Sequence[Recorded[Any]]] | None = None
) -> Mapping[int, Sequence[Changed]]:
    """What each correction among these events changed, by its position; absent where that cannot be read."""
    wanted = {one.stream for one in told if isinstance(one.event, EventCorrected)}
    streams = {name: recorded for name, recorded in (at_hand or {}).items() if name in wanted}
    if missing := wanted - streams.keys():
        with suppress(UnreadableEventError):  # who needs that stream is told by what it asks for
            streams |= await house.store.read_streams(missing)
    found: dict[int, Sequence[Changed]] = {}
    for recorded in streams.values():
        found |= _changes(recorded, house.store.codec)
    return found


def _changes(recorded: Sequence[Recorded[Any]], codec: Codec) -> Mapping[int, Sequence[Changed]]:
    """Each beside what stood there just before it: the event itself, or an earlier correction of it."""
    standing: dict[int, Any] = {one.position: one.event for one in recorded}
    found: dict[int, Sequence[Changed]] = {}
    for one in recorded:
        event = one.event
        if not isinstance(event, EventCorrected) or event.position not in standing:
            continue
        try:
            right = codec.revive(event.corrected_type, event.corrected_version, event.data)
        except Exception:  # noqa: BLE001, S112 - an upcaster may raise anything; the sentence then says less
            continue
        found[one.position] = changed(codec.plain(standing[event.position]), codec.plain(right))
        standing[event.position] = right
    return found
