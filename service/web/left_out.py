"""What the pages leave out, because an event of it could not be processed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain import labels
from domain.streams import category, identity
from service import read_models
from service.queries import Queries
from service.web.links import segment
from service.web.visiting import Visit

SHOWN: Final = 10
"""How many are named."""

_PLACES: Final[Mapping[str, tuple[str, str | None]]] = {
    "partner": ("partner", "/partners/"),
    "agreement": ("agreement", "/agreements/"),
    "cohort": ("cohort", "/cohorts/"),
    "membership": ("cohort", "/cohorts/"),
    "moments": ("cohort", "/cohorts/"),
    "consultation": ("consultation", None),
    "person": ("person", None),
}
"""Of a stream's category: what it is about, and where that has its pages."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stream, what it is about in words, its page, and the first event that is left out."""

    stream: str
    what: str
    path: str | None
    position: int


async def left_out(visit: Visit, asked: Queries, *, whole: bool) -> tuple[int, Sequence[LeftOut]]:
    """How many streams, and, for whoever sees everything, the first of them."""
    first: dict[str, int] = {}
    for model in await visit.house.projector.progress():
        for parked in model.parked:
            first[parked.stream] = min(parked.position, first.get(parked.stream, parked.position))
    if not first or not whole:
        return len(first), []
    names = await _names(asked)
    streams = sorted(first, key=lambda stream: first[stream])[:SHOWN]
    return len(first), [_named(stream, first[stream], names, visit.language) for stream in streams]


def _named(stream: str, position: int, names: Mapping[str, str], language: labels.Language) -> LeftOut:
    kind, pages = _PLACES.get(category(stream), (None, None))
    if kind is None:
        return LeftOut(stream, stream, None, position)
    path = f"{pages}{segment(identity(stream))}" if pages else None
    what = f"{labels.label('subject', kind, language)} {names.get(identity(stream), identity(stream))}"
    return LeftOut(stream, what, path, position)


async def _names(asked: Queries) -> Mapping[str, str]:
    """As the read models last had them: folding what is left out may be just what fails."""
    partners = {row.partner_id: row.names[0] for row in await asked.rows(read_models.PARTNERS)}
    agreements = await asked.rows(read_models.AGREEMENTS)
    return {**partners, **{row.agreement_id: partners.get(row.partner_id, row.agreement_id) for row in agreements}}
