"""Projections: how far each is, making them anew, and comparing them with the log."""

from fastapi import APIRouter

from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House
from service.auth.policy import Action, judge
from service.fields import Body
from service.problems import Issue, Problem
from service.views import View

router = APIRouter(route_class=StrictRoute, tags=["operations"])


class ProjectionView(View):
    """One projection; `stopped` says why it does not go on."""

    name: str
    version: int
    position: int
    behind: int
    stopped: str | None = None


class Projections(View):
    """All of them, and the size of the log that they follow."""

    items: list[ProjectionView]
    log_size: int


class RebuildProjections(Body):
    """Which ones; all where none is named."""

    names: list[str] = []


class Rebuilt(View):
    """Up to where the log was replayed."""

    position: int


class DifferenceView(View):
    """A row that a replay makes otherwise than the live table has it."""

    projection: str
    key: str


class Verification(View):
    """What a replay of the log makes otherwise: nothing, where all is well."""

    whole: bool
    differences: list[DifferenceView]


@router.get("/v1/projections", operation_id="listProjections", response_model_exclude_none=True)
async def list_projections(house: House, caller: Asking) -> Projections:
    """How far each projection is."""
    judge(caller, Action.VERIFY_AUDIT)
    size = (await house.store.head()).size
    return Projections(
        items=[
            ProjectionView(
                name=one.name,
                version=one.version,
                position=one.position,
                behind=max(size - one.position, 0),
                stopped=one.stopped,
            )
            for one in await house.projector.progress()
        ],
        log_size=size,
    )


@router.post("/v1/projections/rebuilds", operation_id="rebuildProjections")
async def rebuild_projections(house: House, caller: Asking, body: RebuildProjections) -> Rebuilt:
    """Make projections anew from the log; readers see the old rows until it is done."""
    judge(caller, Action.REBUILD_PROJECTIONS)
    known = [model.name for model in house.projector.models]
    wrong = [(index, name) for index, name in enumerate(body.names) if name not in known]
    if wrong:
        facts = {"expected": ", ".join(known)}
        raise Problem.bad_request(
            [Issue(code="field.notOneOf", name=f"names[{index}]", value=name, facts=facts) for index, name in wrong]
        )
    return Rebuilt(position=await house.projector.rebuild(body.names))


@router.get("/v1/projections/verification", operation_id="verifyProjections")
async def verify_projections(house: House, caller: Asking) -> Verification:
    """Replay the log in memory and compare."""
    judge(caller, Action.VERIFY_AUDIT)
    found = await house.projector.verify()
    return Verification(
        whole=not found, differences=[DifferenceView(projection=one.model, key=one.key) for one in found]
    )
