"""Between an event and its stored body: stable names and versions, upcasters, canonical JSON.

Knows no event by name: the registry is handed in.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from events.envelope import Context, Recorded, Source

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


class UnknownEventError(Exception):
    """The log holds a type, or a schema version, that this release does not know."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(
            f"event type {name} version {version} is not known to this release: it was written by a newer one; upgrade"
        )
        self.name = name
        self.version = version


class _Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    actor: str
    causation_id: str | None = None
    command_id: str
    correlation_id: str
    data: msgspec.Raw
    effective_on: str | None = None
    effective_on_kind: str | None = None
    event_id: str
    sources: tuple[Source, ...] = ()
    stream: str
    type: str
    v: int
    version: int


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way into the log: the stream, the version it will be there, its id."""

    stream: str
    version: int
    event_id: str
    event: Any


class Codec:
    """Stable name and schema version <-> class.

    `upcasters[(name, version)]` turns the data of that version into the next version's; stored bytes never change.
    """

    def __init__(
        self,
        types: Mapping[tuple[str, int], type[Any]],
        upcasters: Mapping[tuple[str, int], Upcaster] | None = None,
    ) -> None:
        self._upcasters = dict(upcasters or {})
        self._latest = {name: version for name, version in sorted(types) if (name, version) not in self._upcasters}
        self._decoders = {key: msgspec.json.Decoder(cls) for key, cls in types.items()}
        self._classes = dict(types)
        self._names = {cls: (name, version) for (name, version), cls in types.items()}
        self._encoder = msgspec.json.Encoder(order="sorted")
        self._body = msgspec.json.Decoder(_Body)

    def name_of(self, event: object) -> tuple[str, int]:
        """The stable name and schema version that this event is written under."""
        return self._names[type(event)]

    def knows(self, name: str, version: int) -> bool:
        """Whether this release can read that type and version."""
        return version <= self._latest.get(name, 0)

    def encode(self, pending: Pending, context: Context) -> bytes:
        """The body: canonical JSON of envelope and data. Its keys are ASCII and its numbers integers (RFC 8785)."""
        name, version = self.name_of(pending.event)
        return self._encoder.encode(
            _Body(
                actor=context.actor,
                causation_id=context.causation_id,
                command_id=context.command_id,
                correlation_id=context.correlation_id or context.command_id,
                data=msgspec.Raw(self._encoder.encode(pending.event)),
                effective_on=pending.event.legal_date(),
                effective_on_kind=pending.event.legal_date_kind(),
                event_id=pending.event_id,
                sources=context.sources,
                stream=pending.stream,
                type=name,
                v=version,
                version=pending.version,
            )
        )

    def decode(self, position: int, recorded_at: datetime, body: bytes) -> Recorded[Any]:
        """The event in a body, in its latest version. Raises UnknownEventError."""
        read = self._body.decode(body)
        return Recorded(
            position=position,
            recorded_at=recorded_at,
            event_id=read.event_id,
            command_id=read.command_id,
            actor=read.actor,
            correlation_id=read.correlation_id,
            causation_id=read.causation_id,
            effective_on=read.effective_on,
            effective_on_kind=read.effective_on_kind,
            sources=read.sources,
            stream=read.stream,
            version=read.version,
            type=read.type,
            schema_version=read.v,
            event=self._event(read.type, read.v, read.data),
        )

    def revive(self, name: str, version: int, data: Mapping[str, Any]) -> Any:
        """The event that plain data of a type and version stand for. Raises UnknownEventError, ValidationError."""
        return self._event(name, version, msgspec.Raw(msgspec.json.encode(data)))

    def plain(self, event: object) -> dict[str, Any]:
        """The event's data as plain JSON values, camelCase."""
        decoded: dict[str, Any] = msgspec.json.decode(self._encoder.encode(event))
        return decoded

    def _event(self, name: str, version: int, data: msgspec.Raw) -> Any:
        if (name, version) not in self._upcasters:
            decoder = self._decoders.get((name, version))
            if decoder is None:
                raise UnknownEventError(name, version)
            return decoder.decode(data)
        plain: dict[str, Any] = msgspec.json.decode(data)
        while (step := self._upcasters.get((name, version))) is not None:
            plain, version = step(plain), version + 1
        return msgspec.convert(plain, self._classes[name, version])
