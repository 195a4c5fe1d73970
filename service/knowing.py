"""What changed in what the register knows, between two instants: which objects, which fields, because of what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from domain.labels import label
from domain.streams import AUTHORITY, category, identity, of_claim, of_source
from domain.values import last_day
from domain.wording import claimed_value
from events.catalogue.correction import EventCorrected
from events.catalogue.values import ClaimId
from events.envelope import Recorded
from service import views
from service.correcting import changes_in
from service.finding import CATEGORIES, Category
from service.histories import corrected_by, item, mentions
from service.house import Errera
from service.knowing_where import first_touched, known_by
from service.queries import Queries
from service.sources import Sources, source_id
from service.texts import Language

Kind = Category | Literal["claim"]
KINDS: Final[Sequence[Kind]] = (*CATEGORIES, "claim")
Subject = tuple[Kind, str]
Plain = Mapping[str, Any]

_LOOKED_AT: Final = 50
"""So many objects are compared at a time: other work gets its turn in between."""

_SECONDS_TO_WAIT: Final = 1.0

_OF: Final[Mapping[str, Category]] = {**{one: one for one in CATEGORIES}, "membership": "cohort"}
"""The categories of streams, and what they are about."""

_OF_CLAIMS: Final = frozenset({"claim", "source", category(AUTHORITY)})

_JOINED: Final = frozenset({"href", "position", "partnerName"})
"""Fields that say nothing of the object itself."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A page of differences, and how many there are in all."""

    items: Sequence[views.KnowledgeChange]
    total: int


class Knowing:
    """Two instants of knowledge compared, for one reader; `asked` are its reads of each kind that it may see."""

    def __init__(self, house: Errera, asked: Mapping[Kind, Queries], first: datetime, second: datetime) -> None:
        self._house = house
        self._first, self._second = first, second
        self._asked = {one: (_at(queries, first), _at(queries, second)) for one, queries in asked.items()}
        self._claims: tuple[Mapping[str, Plain], Mapping[str, Plain]] | None = None

    async def page(self, language: Language, start: int = 0, size: int | None = None) -> Learned:
        """The objects that differ, in the order in which the register learned something new of them."""
        every = await self._differing()
        some = every[start:] if size is None else every[start : start + size]
        found: list[views.KnowledgeChange] = []
        for begin in range(0, len(some), _LOOKED_AT):
            slot = some[begin : begin + _LOOKED_AT]
            changes = await self.of(slot, language)
            found += [changes[subject] for subject in slot if subject in changes]
        return Learned(found, len(every))

    async def of(self, subjects: Sequence[Subject], language: Language) -> Mapping[Subject, views.KnowledgeChange]:
        """Those of these objects that differ."""
        found: dict[Subject, views.KnowledgeChange] = {}
        for kind in self._asked:
            old, new = await self._both(kind, [one for of, one in subjects if of == kind])
            differing = [one for one in dict.fromkeys([*old, *new]) if old.get(one) != new.get(one)]
            if not differing:
                continue
            learned = await self._events(kind, differing)
            told = [each for some in learned.values() for each in some]
            changes = await changes_in(self._house, told)
            names = await self._asked[kind][1].names({*differing, *mentions(told)})
            for one in differing:
                corrected = corrected_by(learned[one])
                found[kind, one] = views.KnowledgeChange(
                    subject=views.SubjectView(type=kind, id=one),
                    href=f"/v1/{kind}s/{one}",
                    name=_claimed(new.get(one) or old[one], language) if kind == "claim" else names.get(one),
                    change="changed" if one in old and one in new else "added" if one in new else "removed",
                    fields=_fields(old.get(one, {}), new.get(one, {})),
                    events=[
                        item(each, names, language, corrected.get(each.position), changes.get(each.position, ()))
                        for each in learned[one]
                    ],
                )
        return found

    async def knows(self, kind: Kind, one: str) -> bool:
        """Whether it was known at the later instant, to this reader."""
        _, new = await self._both(kind, [one])
        return one in new

    async def _differing(self) -> Sequence[Subject]:
        """All of them. How many there are is known only once all was compared, so the pages that follow find them."""
        begin, end = await known_by(self._house, self._first), await known_by(self._house, self._second)
        reading = next(iter(self._asked.values()))[0].reading
        key = (begin, end, reading.day, reading.asked, *((kind, both[0].sees) for kind, both in self._asked.items()))
        known = self._house.differences.of(key)
        if known is not None:
            return known
        whole = await self._house.projector.wait_for(end, _SECONDS_TO_WAIT)
        grown = await first_touched(self._house, begin, end)
        touched: dict[Subject, int] = {}
        for stream, position in grown.items():
            kind = _OF.get(category(stream))
            if kind is not None and kind in self._asked:
                touched.setdefault((kind, identity(stream)), position)
        places: list[tuple[int, Subject]] = []
        subjects = list(touched)
        for start in range(0, len(subjects), _LOOKED_AT):
            places += await self._that_differ(subjects[start : start + _LOOKED_AT], touched)
        if "claim" in self._asked and any(category(stream) in _OF_CLAIMS for stream in grown):
            old, new = await self._all_claims()
            for one in dict.fromkeys([*old, *new]):
                if old.get(one) != new.get(one):
                    of = (grown.get(stream, 0) for stream in self._around(one))
                    places.append((next((place for place in of if place), end), ("claim", one)))
        found = [subject for _, subject in sorted(places, key=lambda place: place[0])]
        if whole:
            self._house.differences.keep(key, found)
        return found

    async def _that_differ(self, some: Sequence[Subject], touched: Mapping[Subject, int]) -> list[tuple[int, Subject]]:
        found: list[tuple[int, Subject]] = []
        for kind in self._asked:
            old, new = await self._both(kind, [one for of, one in some if of == kind])
            found += [
                (touched[kind, one], (kind, one)) for one in dict.fromkeys([*old, *new]) if old.get(one) != new.get(one)
            ]
        return found

    async def _both(self, kind: Kind, ids: Sequence[str]) -> tuple[Mapping[str, Plain], Mapping[str, Plain]]:
        """These objects as known at the two instants, as far as they were."""
        if not ids:
            return {}, {}
        if kind == "claim":
            old, new = await self._all_claims()
            return {one: old[one] for one in ids if one in old}, {one: new[one] for one in ids if one in new}
        before, after = self._asked[kind]
        return _by_id(kind, await before.some(kind, ids)), _by_id(kind, await after.some(kind, ids))

    async def _all_claims(self) -> tuple[Mapping[str, Plain], Mapping[str, Plain]]:
        """All claims as known at the two instants: how one stands depends on what else is said of the same."""
        if self._claims is None:
            before, after = (Sources(self._house, one.reading) for one in self._asked["claim"])
            self._claims = _by_id("claim", await before.claims()), _by_id("claim", await after.claims())
        return self._claims

    def _around(self, claim_id: str) -> Sequence[str]:
        """The streams that say how a claim stands: its own first."""
        _, new = self._claims or ({}, {})
        mine = new.get(claim_id)
        if mine is None:
            return [of_claim(ClaimId(claim_id))]
        about = (mine["subject"], mine["predicate"])
        beside = [one for one, claim in new.items() if (claim["subject"], claim["predicate"]) == about]
        return [
            *(of_claim(ClaimId(one)) for one in dict.fromkeys([claim_id, *beside])),
            *(of_source(source_id(new[one]["source"])) for one in beside),
            AUTHORITY,
        ]

    async def _events(self, kind: Kind, ids: Iterable[str]) -> Mapping[str, list[Recorded[Any]]]:
        """What was recorded of them in between, as far as it is for the reader and had taken effect by the day."""
        asked = self._asked[kind][1]
        streams = {one: self._streams(kind, one) for one in ids}
        recorded = await self._house.store.read_streams({each for some in streams.values() for each in some})
        day = asked.reading.day.isoformat() if asked.reading.asked and kind != "claim" else None
        found: dict[str, list[Recorded[Any]]] = {}
        for one, own in streams.items():
            every = sorted((each for stream in own for each in recorded[stream]), key=lambda each: each.position)
            owner = next((str(each.event.partner_id) for each in every if hasattr(each.event, "partner_id")), None)
            between = [
                each
                for each in every
                if self._first < each.recorded_at <= self._second
                and asked.may_tell(f"{kind}-{one}", each.event, owner)
                and (day is None or _effective(each, day))
            ]
            itself = [each for each in between if identity(each.stream) == one]
            found[one] = itself if kind == "claim" and itself else between
        return found

    def _streams(self, kind: Kind, one: str) -> Sequence[str]:
        match kind:
            case "claim":
                return self._around(one)
            case "cohort":
                return [f"cohort-{one}", f"membership-{one}"]
            case _:
                return [f"{kind}-{one}"]


def _at(queries: Queries, known_at: datetime) -> Queries:
    return queries.under(replace(queries.reading, known_at=known_at))


def _by_id(kind: Kind, found: Iterable[Any]) -> Mapping[str, Plain]:
    made = {}
    for one in found:
        plain = one.view.model_dump(mode="json", by_alias=True, exclude_none=True)
        made[str(plain[f"{kind}Id"])] = {name: value for name, value in plain.items() if name not in _JOINED}
    return made


def _claimed(claim: Plain, language: Language) -> str:
    value = claimed_value(claim["value"], claim.get("precision"), language)
    return f"{label('predicate', claim['predicate'], language)}: {value}"


def _fields(old: Plain, new: Plain) -> list[views.FieldChange]:
    """Each field that differs; of a list only what went and what came."""
    found = []
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name), new.get(name)
        if before == after or not (before or after):
            continue
        if isinstance(before, list) and isinstance(after, list):
            went, came = [one for one in before if one not in after], [one for one in after if one not in before]
            before, after = (went, came) if went or came else (before, after)
        found.append(views.FieldChange(field=name, old=before, new=after))
    return found


def _effective(one: Recorded[Any], day: str) -> bool:
    """A correction may take a date away, so it always counts."""
    correction = isinstance(one.event, EventCorrected)
    return correction or one.effective_on is None or last_day(one.effective_on).isoformat() <= day
