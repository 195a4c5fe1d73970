"""Projections: how far each is, making them anew, going back, trying again, and comparing them with the log."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter

from events.projections.progress import Progress, Rebuilding, State
from events.projections.rebuild import NothingKeptError, RebuildingError
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House
from service.auth.policy import Action, judge
from service.fields import Body
from service.house import Errera
from service.problems import Issue, Problem
from service.views import View

router = APIRouter(route_class=StrictRoute, tags=["operations"])

_MOST_PARKED_SHOWN = 100


class ParkedView(View):
    """A stream that is left out from a position on, and why."""

    stream: str
    position: int
    reason: str
    parked_at: datetime | None = None


class RebuildingView(View):
    """The last rebuild of a projection. Rate and time left are of one that runs."""

    state: State
    position: int
    size: int
    started_at: datetime
    ended_at: datetime | None = None
    reason: str | None = None
    events_per_second: int | None = None
    seconds_left: int | None = None


class ProjectionView(View):
    """One projection. `lagSeconds` is the age of the oldest event that it has not seen.

    `parkedStreams` counts the streams it leaves out, and `parked` names the first of them. `verifying` says how far
    a comparison with the log is, while there is one; `kept` how far the tables are to which it can go back.
    """

    name: str
    version: int
    position: int
    behind: int
    lag_seconds: float
    parked_streams: int
    parked: list[ParkedView]
    rebuild: RebuildingView | None = None
    verifying: int | None = None
    kept: int | None = None


class Projections(View):
    """All of them, and the size of the log that they follow."""

    items: list[ProjectionView]
    log_size: int


class ChosenProjections(Body):
    """Which ones; all where none is named."""

    names: list[str] = []


class RetryProjections(Body):
    """Which parked streams; those of all projections, and all of them, where none is named."""

    projection: str | None = None
    stream: str | None = None


class Retried(View):
    """How many streams were tried again, and how many of them stay parked."""

    tried: int
    parked: int


class Reverted(View):
    """Which projections went back."""

    names: list[str]


class DifferenceView(View):
    """A row that a replay makes otherwise than the live table has it."""

    projection: str
    key: str


class Verification(View):
    """What a replay of the log makes otherwise, the first rows of each projection: nothing, where all is well."""

    whole: bool
    differences: list[DifferenceView]


@router.get("/v1/projections", operation_id="listProjections", response_model_exclude_none=True)
async def list_projections(house: House, caller: Asking) -> Projections:
    """How far each projection is."""
    judge(caller, Action.VERIFY_AUDIT)
    return await _projections(house)


@router.post(
    "/v1/projections/rebuilds",
    operation_id="rebuildProjections",
    status_code=202,
    response_model_exclude_none=True,
)
async def rebuild_projections(house: House, caller: Asking, body: ChosenProjections) -> Projections:
    """Make projections anew from the log, in the background; `GET /v1/projections` shows how it goes."""
    judge(caller, Action.REBUILD_PROJECTIONS)
    _check(house, body.names)
    try:
        await house.projector.start_rebuild(body.names)
    except RebuildingError:
        raise Problem.conflict("projection.beingRebuilt", retry_after=10) from None
    return await _projections(house)


@router.post("/v1/projections/reversions", operation_id="revertProjections")
async def revert_projections(house: House, caller: Asking, body: ChosenProjections) -> Reverted:
    """Go back to the tables from before the last rebuild, brought up to date."""
    judge(caller, Action.REBUILD_PROJECTIONS)
    _check(house, body.names)
    try:
        return Reverted(names=list(await house.projector.revert(body.names)))
    except RebuildingError:
        raise Problem.conflict("projection.beingRebuilt", retry_after=10) from None
    except NothingKeptError as error:
        raise Problem.conflict("projection.nothingKept", projection=error.model) from None


@router.post("/v1/projections/retries", operation_id="retryProjections")
async def retry_projections(house: House, caller: Asking, body: RetryProjections) -> Retried:
    """Try streams again that were parked because an event of theirs could not be projected. One that is not: 409."""
    judge(caller, Action.REBUILD_PROJECTIONS)
    _check(house, [body.projection] if body.projection else [], field="projection")
    tried, parked = await house.projector.retry(body.projection, body.stream)
    if body.stream is not None and not tried:
        raise Problem.conflict("projection.notParked", stream=body.stream)
    return Retried(tried=tried, parked=parked)


@router.get("/v1/projections/verification", operation_id="verifyProjections")
async def verify_projections(house: House, caller: Asking) -> Verification:
    """Replay the log beside the live tables and compare; `GET /v1/projections` shows how far that is."""
    judge(caller, Action.VERIFY_AUDIT)
    found = await house.projector.verify()
    return Verification(
        whole=not found, differences=[DifferenceView(projection=one.model, key=one.key) for one in found]
    )


def _check(house: Errera, names: Sequence[str], field: str | None = None) -> None:
    known = [model.name for model in house.projector.models]
    facts = {"expected": ", ".join(known)}
    issues = [
        Issue(code="field.notOneOf", name=field or f"names[{index}]", value=name, facts=facts)
        for index, name in enumerate(names)
        if name not in known
    ]
    if issues:
        raise Problem.bad_request(issues)


async def _projections(house: Errera) -> Projections:
    size = (await house.store.head()).size
    return Projections(items=[_projection(one) for one in await house.projector.progress()], log_size=size)


def _projection(one: Progress) -> ProjectionView:
    return ProjectionView(
        name=one.name,
        version=one.version,
        position=one.position,
        behind=one.behind,
        lag_seconds=round(one.lag_seconds, 3),
        parked_streams=len(one.parked),
        parked=[
            ParkedView(stream=each.stream, position=each.position, reason=each.reason, parked_at=each.parked_at)
            for each in one.parked[:_MOST_PARKED_SHOWN]
        ],
        rebuild=None if one.rebuilding is None else _rebuilding(one.rebuilding),
        verifying=one.checked,
        kept=one.kept,
    )


def _rebuilding(one: Rebuilding) -> RebuildingView:
    return RebuildingView(
        state=one.state,
        position=one.position,
        size=one.size,
        started_at=one.started_at,
        ended_at=one.ended_at,
        reason=one.reason,
        events_per_second=None if one.events_per_second is None else round(one.events_per_second),
        seconds_left=None if one.seconds_left is None else round(one.seconds_left),
    )
