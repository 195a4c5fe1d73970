"""Appends as short as a test wants to say them."""

import uuid
from collections.abc import Mapping
from typing import Any

from events.catalogue import EVENT_TYPES
from events.catalogue.partner import PartnerAdded, PartnerRenamed
from events.codec import Codec, Pending
from events.envelope import Context
from events.store.port import Append, Appended
from events.store.sql import SqlStore
from tests.spec import made

CODEC = Codec(EVENT_TYPES)


def added(name: str = "Agoria", partner_id: str = "agoria") -> PartnerAdded:
    return made(PartnerAdded, partner_id=partner_id, name=name)


def renamed(name: str, partner_id: str = "agoria") -> PartnerRenamed:
    return made(PartnerRenamed, partner_id=partner_id, name=name, effective_on="2021")


def pending(stream: str, version: int, event: object = None) -> Pending:
    return Pending(stream=stream, version=version, event_id=str(uuid.uuid4()), event=event or added())


def context(command_id: str | None = None) -> Context:
    return Context(command_id=command_id or str(uuid.uuid4()), actor="tester")


def append(
    *happened: Pending,
    command_id: str | None = None,
    request_hash: bytes = b"same",
    conditions: Mapping[str, int] | None = None,
) -> Append:
    return Append(context=context(command_id), request_hash=request_hash, events=happened, conditions=conditions or {})


async def put(store: SqlStore, stream: str, version: int, event: object = None, **said: Any) -> Appended:
    """One event as one command."""
    return await store.append(append(pending(stream, version, event), **said))


async def positions(store: SqlStore) -> list[int]:
    return [one.position for one in await store.read_log(0, 100_000)]
