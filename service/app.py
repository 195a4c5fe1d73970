"""The composition root: settings and a clock in, the running application out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI

from schedulers.due import Due
from schedulers.retention import Retention
from schedulers.runner import Metronome
from service import read_models
from service.api import (
    access,
    calendars,
    claims,
    dossiers,
    erasures,
    imports,
    knowledge,
    log,
    objects,
    operations,
    outbox,
    people,
    policies,
    projections,
    reminders,
    retention,
    simulation,
    tokens,
    transparency,
    writes,
)
from service.api.commanding import Commands
from service.api.http import install, install_middleware
from service.api.openapi import describe
from service.api.waiting import Waiting
from service.disclosing import Disclosing
from service.ending import end
from service.house import Errera
from service.watching import watching
from service.web import install as install_pages

INTERFACE: Final = "1.0.0"
"""The version of the HTTP interface, whose first number stands in every path; the release has one of its own."""

_POLICY: Final = "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
_DESCRIPTION: Final = (
    "The register of an agency's partnership agreements. Everything that happens to an agreement is an event; reads "
    "take `asOf` (what was true on a day) and `knownAt` (what was known at an instant)."
)


def create_app(house: Errera) -> FastAPI:
    """The HTTP application over an open house."""
    app = FastAPI(
        title="Errera",
        version=INTERFACE,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.errera = house
    app.state.waiting = Waiting()
    commands = writes.router()
    for router in (
        simulation.router,  # before what has a reminder's id in the same place
        objects.router,
        people.router,
        claims.router,
        dossiers.router,
        reminders.router,
        policies.router,
        outbox.router,
        commands,
        knowledge.router,
        log.router,
        transparency.router,
        imports.router,
        tokens.router,
        calendars.router,
        erasures.router,
        access.router,
        retention.router,
        projections.router,
        operations.router,
    ):
        app.include_router(router)
    install(app)
    describe(app)
    install_pages(app)
    app.add_middleware(Commands, routes=commands.routes)
    app.add_middleware(Disclosing, access=house.access)
    install_middleware(app, content_security_policy=_POLICY, receive_timeout=house.settings.request_seconds)
    return app


def due_of(house: Errera) -> Due:
    """What is due in this house."""
    models = (read_models.AGENDA, read_models.REMINDERS, read_models.POLICIES, read_models.OF_COHORTS)
    return Due(house.store, house.projector, *models, house.settings.zone)


def retention_of(house: Errera) -> Retention:
    """What is to be decided on in this house."""
    models = {
        "agreement": read_models.AGREEMENTS,
        "consultation": read_models.CONSULTATIONS,
        "partner": read_models.PARTNERS,
    }
    return Retention(house.store, house.vault, models, house.settings.zone)


@asynccontextmanager
async def following(house: Errera) -> AsyncIterator[None]:
    """The read models follow the log, and the log is sealed."""
    task = asyncio.create_task(house.projector.run())
    try:
        async with house.audit.sealing(house.settings.seal_seconds):
            yield
    finally:
        await end(task)


def stop_where_files_are_gone(house: Errera) -> None:
    """Nothing is written to a file that was removed or replaced under the service."""
    for database in (house.store.database, house.vault.database):
        if database.taken_away():
            house.store.refuse(f"{database.path} was removed or replaced while the service runs: start it anew")


@asynccontextmanager
async def running(house: Errera, app: FastAPI) -> AsyncIterator[None]:
    """The read models follow the log, and the scheduler ticks."""
    async with following(house):
        metronome = Metronome(due_of(house).tick, house.settings.tick_seconds)
        keeping = retention_of(house)

        async def keep_up() -> None:
            stop_where_files_are_gone(house)
            await house.erasing.tick()
            if not house.store.read_only:
                await keeping.tick()

        upkeep = Metronome(keep_up, house.settings.tick_seconds)
        app.state.metronome = metronome
        stop_where_files_are_gone(house)
        await house.publishing.ask_witnesses()
        await house.projector.wait_for((await house.store.head()).size, 60)
        await metronome.start()
        await upkeep.start()
        try:
            url, pooled = house.settings.store_url, house.settings.database_pooled
            async with (
                house.publishing.running(),
                house.mailing.running(),
                watching(house.store, url, pooled=pooled),
            ):
                yield
        finally:
            upkeep.stop()
            metronome.stop()
