"""What is appended and read: one event type of the peers' payload, 600 bytes of JSON like a signed agreement's."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from events.catalogue.values import Event, IsoDate, Value
from events.codec import Codec, Pending
from events.envelope import Context, new_command_id, new_event_id
from events.store.port import Append


class Signatory(Value, frozen=True, kw_only=True):
    """Who signed."""

    name: str
    role: str
    org: str


class CoFinancing(Value, frozen=True, kw_only=True):
    """Who pays what."""

    share_fit: float
    share_partner: float
    currency: str
    annual_budget: float


class BenchSigned(Event, frozen=True, kw_only=True):
    """The peers' payload as a typed event."""

    effective_field: ClassVar[str | None] = "signed_on"

    agreement_id: str
    partner: str
    cohort: str
    signed_on: IsoDate
    effective_from: IsoDate
    effective_until: IsoDate
    signatories: tuple[Signatory, ...]
    cofinancing: CoFinancing
    kpis: tuple[str, ...]
    consultation_moments: int
    evaluation: str
    note: str


CODEC: Final = Codec({("BenchSigned", 1): BenchSigned})

SIGNED: Final = BenchSigned(
    agreement_id="6f6f8a0e-6a52-4a1f-9d0e-2f1f5d1f0a11",
    partner="Voka - Vlaams netwerk van ondernemingen",
    cohort="2022-2026",
    signed_on=IsoDate("2021-11-25"),
    effective_from=IsoDate("2022-01-01"),
    effective_until=IsoDate("2026-12-31"),
    signatories=(
        Signatory(name="Jansen Voorbeelden", role="CEO", org="FIT"),
        Signatory(name="Mieke Anders", role="gedelegeerd bestuurder", org="Voka"),
    ),
    cofinancing=CoFinancing(share_fit=0.5, share_partner=0.5, currency="EUR", annual_budget=47619.05),
    kpis=("missions", "seminars", "lead_referrals", "members_reached", "joint_events"),
    consultation_moments=4,
    evaluation="annual",
    note="x" * 60,
)

HASH: Final = hashlib.sha256(b"bench").digest()
"""Of the request; the same for all, as no command is sent twice."""


def context() -> Context:
    """A command of its own."""
    return Context(command_id=new_command_id(), actor="bench")


def pending(stream: str, events: Sequence[Any], after: int = 0) -> list[Pending]:
    """Events on their way into a stream that is at the version `after`."""
    return [
        Pending(stream=stream, version=version, event_id=new_event_id(), event=event)
        for version, event in enumerate(events, after + 1)
    ]


def new_stream(count: int = 1, stream: str | None = None) -> Append:
    """A command that begins a stream with so many events."""
    name = stream or f"agreement-{uuid.uuid4()}"
    return Append(context=context(), request_hash=HASH, events=pending(name, [SIGNED] * count))
