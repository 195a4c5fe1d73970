"""A small register of every kind of subject, and projectors over it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import sqlalchemy as sa

from domain.timeline import correction_of
from events.catalogue.correction import EventCorrected
from events.catalogue.values import TextRef
from events.projections.runner import Projector
from events.read_model import ReadModel
from events.store.schema import leases
from events.store.sql import SqlStore
from service.read_models import ALL
from tests.domain.facts import (
    acknowledged,
    amended,
    cohort_evaluated,
    evaluated,
    held,
    joined,
    member_signed,
    moved,
    opened,
    planned,
    raised,
    reserved,
    signed,
    terms_followed,
)
from tests.events.logs import CODEC, added, put, renamed

HAPPENED: Sequence[tuple[str, object]] = (
    ("partner-agoria", added()),
    ("cohort-c1", opened()),
    ("membership-c1", joined("agoria")),
    ("agreement-a1", signed(evaluation="yearly")),
    ("membership-c1", member_signed()),
    ("partner-agoria", renamed("AGORIA")),
    ("agreement-a1", evaluated(2018)),
    ("agreement-a1", amended(runs_until="2022")),
    ("moments-c1:2019", reserved()),
    ("consultation-m1", planned()),
    ("consultation-m1", moved(planned_on="2019-03-14")),
    ("consultation-m1", held()),
    ("cohort-c1", cohort_evaluated(2019)),
    ("agreement-a1", terms_followed(runs_from="2017-01-01")),
    ("reminder-r1", raised()),
    ("reminder-r1", acknowledged()),
    ("partner-agoria", renamed("Agoria vzw")),
)


def over(store: SqlStore, models: Sequence[ReadModel[Any]] = ALL, kind: type[Projector] = Projector) -> Projector:
    return kind(store, models, partial(correction_of, revive=store.codec.revive), poll_seconds=0.02)


async def happen(store: SqlStore, happened: Sequence[tuple[str, object]] = HAPPENED) -> None:
    versions: dict[str, int] = {}
    for stream, event in happened:
        versions[stream] = versions.get(stream, 0) + 1
        await put(store, stream, versions[stream], event)


def corrected(position: int, event: Any) -> EventCorrected:
    name, version = CODEC.name_of(event)
    return EventCorrected(
        position=position,
        corrected_type=name,
        corrected_version=version,
        data=CODEC.plain(event),
        reason=TextRef(text_id="t", commitment="c"),
    )


async def catch_up(projector: Projector) -> None:
    while await projector.run_once():
        pass


async def rows(store: SqlStore, model: ReadModel[Any]) -> dict[str, Any]:
    async with store.database.read() as connection:
        return {row.key: model.decode(row.row) for row in await connection.execute(sa.select(model.table()))}


async def parked(projector: Projector) -> dict[str, dict[str, tuple[int, str]]]:
    return {
        one.name: {each.stream: (each.position, each.reason) for each in one.parked}
        for one in await projector.progress()
        if one.parked
    }


@asynccontextmanager
async def running(*projectors: Projector) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.run()) for one in projectors]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_out(store: SqlStore) -> None:
    """A minute passes: every lease has run out."""
    async with store.database.write() as connection:
        await connection.execute(leases.update().values(expires_at=leases.c.expires_at - 60_000_000))
