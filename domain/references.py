"""Which rows of the vault an event names, and which things."""

from collections.abc import Iterable

import msgspec

from events.catalogue.person import PersonRegistered
from events.catalogue.values import TextRef


def vault_ids(value: object) -> Iterable[str]:
    """The ids of all persons and texts that an event, or any part of one, put into the vault."""
    match value:
        case TextRef():
            yield value.text_id
        case PersonRegistered():
            yield value.person_id
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from vault_ids(getattr(value, name))
        case {"textId": str(text_id)}:
            yield text_id
        case dict():
            for part in value.values():
                yield from vault_ids(part)
        case tuple() | list():
            for part in value:
                yield from vault_ids(part)
        case _:
            return


def mentioned(value: object, name: str = "") -> Iterable[str]:
    """The ids of whatever an event, or any part of one, is about or names; those of prose apart."""
    match value:
        case TextRef():
            return
        case msgspec.Struct():
            for field in value.__struct_fields__:
                yield from mentioned(getattr(value, field), field)
        case dict():
            for field, part in value.items():
                yield from mentioned(part, str(field))
        case tuple() | list():
            for part in value:
                yield from mentioned(part, name)
        case str() if name.endswith(("_id", "Id", "stayed", "joined")) and name != "textId":
            yield value
        case _:
            return
