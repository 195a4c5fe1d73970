"""How the service is: health and metrics."""

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from events.projections.progress import Progress
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House
from service.house import Errera
from service.views import View

router = APIRouter(route_class=StrictRoute, tags=["operations"])

_LONGEST_WAIT = 3600.0
"""Seconds that a reminder may wait which could be sent."""

Health = Literal["UP", "DEGRADED", "DOWN"]


class Check(View):
    """One part of the service."""

    status: Health
    details: dict[str, str | int] = {}


class HealthView(View):
    """The whole and its parts, as the Belgif guide has it."""

    status: Health
    checks: dict[str, Check]


@router.get("/health", operation_id="health", response_model_exclude_none=True)
async def health(request: Request, response: Response, house: House) -> HealthView:
    """UP; DEGRADED where streams are left out, or something in the background fails; DOWN where nothing is written."""
    head = await house.store.head()
    checks = {"store": Check(status="UP", details={"size": head.size})}
    if read_only := await house.store.look_again():
        checks["store"] = Check(status="DOWN", details={"readOnly": read_only})
    checks["projections"] = _projections(await house.projector.progress())
    failing = request.app.state.metronome.failing if hasattr(request.app.state, "metronome") else None
    checks["scheduler"] = Check(status="DEGRADED" if failing else "UP", details={"failing": failing} if failing else {})
    checks["sealing"] = await _sealing(house)
    checks["publishing"] = await _publishing(house)
    checks["mail"] = await _mail(house)
    worst: Health = "UP"
    for check in checks.values():
        worst = max(worst, check.status, key=["UP", "DEGRADED", "DOWN"].index)
    if worst == "DOWN":
        response.status_code = 503
    return HealthView(status=worst, checks=checks)


@router.get("/metrics", operation_id="metrics", response_class=Response)
async def metrics(request: Request, house: House, _caller: Asking) -> Response:
    """For Prometheus; with a token of any role."""
    registry = CollectorRegistry()
    head = await house.store.head()
    Gauge("errera_log_size", "Events in the log", registry=registry).set(head.size)
    sealed, seconds = await house.audit.lag()
    Gauge("errera_log_sealed_size", "Events that a checkpoint covers", registry=registry).set(sealed)
    Gauge("errera_log_seal_lag_seconds", "Age of the oldest event that none covers", registry=registry).set(seconds)
    published = Gauge("errera_log_published_size", "Events that a destination knows of", ["to"], registry=registry)
    for name, standing in await house.publishing.standings():
        published.labels(name).set(standing.size)
    names = ["projection"]
    lag = Gauge("errera_projection_lag_events", "Events not projected yet", names, registry=registry)
    age = Gauge("errera_projection_lag_seconds", "Age of the oldest of them", names, registry=registry)
    parked = Gauge("errera_projection_parked_streams", "Streams that are left out", names, registry=registry)
    for one in await house.projector.progress():
        lag.labels(one.name).set(one.behind)
        age.labels(one.name).set(one.lag_seconds)
        parked.labels(one.name).set(len(one.parked))
    ticks = Gauge("errera_scheduler_failing", "Whether the last tick failed", registry=registry)
    ticks.set(1 if getattr(getattr(request.app.state, "metronome", None), "failing", None) else 0)
    totals, oldest = await house.mailing.standing()
    raised = Gauge("errera_outbox_raised", "Reminders that go by mail", registry=registry)
    raised.set(sum(totals.states.values()))
    states = Gauge(
        "errera_outbox_rows", "Those that wait, were sent, dropped or are dead", ["state"], registry=registry
    )
    for state, count in totals.states.items():
        states.labels(state).set(count)
    late = Gauge("errera_outbox_late_seconds", "From due to sent, of all that were sent together", registry=registry)
    late.set(totals.late / 1_000_000)
    waits = Gauge("errera_outbox_oldest_seconds", "How long the oldest waits that could be sent", registry=registry)
    waits.set(oldest)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


async def _publishing(house: Errera) -> Check:
    """Up to which size each destination has a checkpoint, or why it has none of late."""
    details: dict[str, str | int] = {}
    failing = False
    for name, standing in await house.publishing.standings():
        details[name] = standing.size if standing.reason is None else f"{standing.size}: {standing.reason}"
        failing = failing or standing.reason is not None
    return Check(status="DEGRADED" if failing else "UP", details=details)


async def _mail(house: Errera) -> Check:
    """How many wait and are dead; DEGRADED where one is dead or waits too long, or where none can be sent."""
    mailing = house.mailing
    totals, oldest = await mailing.standing()
    details: dict[str, str | int] = {state: totals.states[state] for state in ("waiting", "dead")}
    if not mailing.set_up:
        return Check(status="UP", details={**details, "notSetUp": "ERRERA_SMTP_URL"})
    if mailing.failing:
        details["failing"] = mailing.failing
    if oldest > _LONGEST_WAIT:
        details["oldestWaitsSeconds"] = round(oldest)
    bad = mailing.failing or totals.states["dead"] or oldest > _LONGEST_WAIT
    return Check(status="DEGRADED" if bad else "UP", details=details)


async def _sealing(house: Errera) -> Check:
    if house.audit.failing:
        return Check(status="DEGRADED", details={"failing": house.audit.failing})
    return Check(status="UP", details={"size": await house.audit.log.size()})


def _projections(progress: Sequence[Progress]) -> Check:
    """How many streams each leaves out, and why it leaves out the first one."""
    details: dict[str, str | int] = {
        one.name: f"{len(one.parked)}: {one.parked[0].stream} from {one.parked[0].position}: {one.parked[0].reason}"
        for one in progress
        if one.parked
    }
    return Check(status="DEGRADED" if details else "UP", details=details)
