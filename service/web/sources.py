"""What sources say, together by subject, and what happened, told in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain import labels
from domain.values import last_day
from service.auth.policy import Action
from service.histories import history
from service.queries import Found, Queries
from service.sources import Sources
from service.views import ClaimView, HistoryItem, ResolutionView, SubjectView
from service.web.visiting import Visit
from service.web.words import word

SHOWN = 10
"""How many events a page tells before it refers to the whole history."""

_PATHS: Mapping[str, str] = {"cohort": "/cohorts/", "partner": "/partners/", "agreement": "/agreements/"}


@dataclass(frozen=True, slots=True)
class Topic:
    """What is said on one thing about one subject; `open` where sources disagree and none was chosen."""

    subject: str
    path: str | None
    predicate: str
    open: bool
    claims: Sequence[ClaimView]
    resolution: ResolutionView | None = None
    resolver: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An event in the history, and who did it in words."""

    item: HistoryItem
    actor: str


async def topics(
    visit: Visit, *, subject: str | None = None, only_open: bool | None = None, published_by: str | None = None
) -> Sequence[Topic]:
    """Claims together by subject and predicate; those that sources disagree on first. None for who may not."""
    if not visit.may(Action.READ_CLAIMS):
        return []
    asked = await visit.ask(Action.READ_CLAIMS)
    sources = Sources(asked.house, asked.reading)
    claims = [one.view for one in await sources.claims(subject=subject, only_open=only_open, published_by=published_by)]
    names = await asked.names([identity for one in claims if (identity := _subject(one)[1])])
    people = await visit.people() if any(one.resolution for one in claims) else {}
    together: dict[tuple[str, str | None, str], list[ClaimView]] = {}
    for claim in claims:
        kind, identity = _subject(claim)
        together.setdefault((kind, identity, claim.predicate), []).append(claim)
    found = [
        Topic(
            _name(visit, kind, identity, names),
            f"{_PATHS[kind]}{identity}" if kind in _PATHS and identity else None,
            predicate,
            any(one.open for one in said),
            said,
            resolution := next((one.resolution for one in said if one.resolution), None),
            actor(visit, resolution.actor, people) if resolution else "",
        )
        for (kind, identity, predicate), said in together.items()
    ]
    return sorted(found, key=lambda topic: not topic.open)


async def told(visit: Visit, asked: Queries, subject: str) -> Sequence[Told]:
    """The history of a subject, the latest first."""
    found: Sequence[Found[HistoryItem]] = await history(asked, subject, visit.language)
    items = sorted((one.view for one in found), key=_order, reverse=True)
    people = await visit.people()
    return [Told(item, actor(visit, item.actor, people)) for item in items]


def actor(visit: Visit, text: str, people: Mapping[str, str]) -> str:
    """Who did it."""
    kind, _, identity = text.partition(":")
    match kind, identity:
        case "system", "scheduler":
            return word("actor.scheduler", visit.language)
        case "system", _:
            return word("actor.local", visit.language)
        case "person", _:
            return people.get(identity) or word("actor.person", visit.language)
        case _:
            return word("actor.token", visit.language, id=identity[:8])


def _order(item: HistoryItem) -> tuple[str, int]:
    return (last_day(item.effective_on).isoformat() if item.effective_on else "", item.position)


def _subject(claim: ClaimView) -> tuple[str, str | None]:
    if isinstance(claim.subject, SubjectView):
        return claim.subject.type, claim.subject.id
    return claim.subject, None


def _name(visit: Visit, kind: str, identity: str | None, names: Mapping[str, str]) -> str:
    what = labels.label("subject", kind, visit.language)
    named = names.get(identity or "")
    return f"{what} {named}" if named and kind == "agreement" else named or what
