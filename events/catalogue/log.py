"""What happened to the log itself, as the log tells it."""

from typing import TypeAlias

from events.catalogue.values import Event, IsoDate


class LogKeysReplaced(Event, frozen=True, kw_only=True):
    """The keys that signed the log are lost, and others sign from now on. Each as `name+hash+base64`."""

    effective_field = "replaced_on"

    retired: tuple[str, ...]
    introduced: tuple[str, ...]
    replaced_on: IsoDate


LogEvent: TypeAlias = LogKeysReplaced
