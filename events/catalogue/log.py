"""What happened to the log itself, as the log tells it."""

from typing import ClassVar, TypeAlias

from events.catalogue.values import Event, IsoDate


class LogKeysReplaced(Event, frozen=True, kw_only=True):
    """The keys that signed the log are lost, and others sign from now on. Each as `name+hash+base64`."""

    effective_field: ClassVar[str | None] = "replaced_on"

    retired: tuple[str, ...]
    introduced: tuple[str, ...]
    replaced_on: IsoDate


class LogBegunAnew(Event, frozen=True, kw_only=True):
    """The log goes on under another name, since what a checkpoint attests to is gone: its name, size and root."""

    effective_field: ClassVar[str | None] = "begun_on"

    lost_origin: str
    lost_size: int
    lost_root: str
    origin: str
    begun_on: IsoDate


LogEvent: TypeAlias = LogKeysReplaced | LogBegunAnew
