"""What a page shows, as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter, Response

from service import sheets
from service.auth.policy import Action, judge
from service.histories import history
from service.problems import Problem
from service.queries import Queries
from service.reminding import Reminding
from service.sheets import Format
from service.views import AgreementView, CohortView, ConsultationView, HistoryItem, PartnerView, ReminderView, View
from service.web.overview import STATUSES
from service.web.route import PageRoute
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class _Kind:
    action: Action
    view: type[View]
    all_of: Callable[[Queries, Mapping[str, str | None]], Any]


_KINDS: Final[Mapping[str, _Kind]] = {
    "partners": _Kind(Action.READ_PARTNERS, PartnerView, lambda asked, _: asked.partners()),
    "cohorts": _Kind(Action.READ_AGREEMENTS, CohortView, lambda asked, _: asked.cohorts()),
    "agreements": _Kind(
        Action.READ_AGREEMENTS,
        AgreementView,
        lambda asked, by: asked.agreements(cohort_id=by["cohortId"], status=by["status"]),
    ),
    "consultations": _Kind(Action.READ_CONSULTATIONS, ConsultationView, lambda asked, _: asked.consultations()),
}
_HISTORYLESS: Final[Mapping[str, _Kind]] = {
    "reminders": _Kind(
        Action.READ_REMINDERS,
        ReminderView,
        lambda asked, _: Reminding(asked.house, asked.reading, asked.partners_seen).all(),
    ),
}


@router.get("/exports/{collection}")
async def get_collection(visit: Visiting, collection: str) -> Response:
    """All of it, as the page is filtered, on the day and as known at the instant."""
    kind = {**_KINDS, **_HISTORYLESS}.get(collection)
    if kind is None:
        raise Problem.not_found()
    judge(visit.caller, Action.EXPORT_DATA)
    asked = await _pinned(visit, kind.action)
    wanted = visit.request.query_params
    by = {
        "cohortId": wanted.get("cohortId") or None,
        "status": wanted.get("status") if wanted.get("status") in STATUSES else None,
    }
    return await _file(visit, kind.view, [one.view for one in await kind.all_of(asked, by)], asked)


@router.get("/exports/{collection}/{identity}/history")
async def get_history(visit: Visiting, collection: str, identity: str) -> Response:
    """The history of one thing."""
    kind, singular = _KINDS.get(collection), collection.removesuffix("s")
    if kind is None:
        raise Problem.not_found()
    asked = await _pinned(visit, kind.action)
    if await getattr(asked, singular)(identity) is None:
        raise visit.missing(singular)
    if singular == "cohort" and not await visit.sees_all(kind.action):
        raise visit.missing(singular)  # it names the other partners
    told = await history(asked, f"{singular}-{identity}", visit.language)
    return await _file(visit, HistoryItem, [one.view for one in told], asked)


async def _pinned(visit: Visit, action: Action) -> Queries:
    """The visit's reads, up to an event that the file can name."""
    asked = await visit.ask(action)
    known_at = visit.reading.known_at or (await visit.house.store.head()).recorded_at
    return asked.under(replace(visit.reading, known_at=known_at))


async def _file(visit: Visit, view: type[View], items: Sequence[View], asked: Queries) -> Response:
    kind: Format = "xlsx" if visit.request.query_params.get("format") == "xlsx" else "csv"
    return await sheets.response(visit.house, kind, view, items, asked.reading, visit.language)
