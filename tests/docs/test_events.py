"""`docs/events.md` lists every event type as it is defined."""

from pathlib import Path

import msgspec
import pytest

from events.catalogue import EVENT_TYPES
from events.catalogue.values import Event

DOCUMENT = (Path(__file__).parents[2] / "docs" / "events.md").read_text()


def row(name: str, version: int, cls: type[Event]) -> str:
    fields = msgspec.structs.fields(cls)
    needed = ", ".join(field.encode_name for field in fields if field.required)
    optional = ", ".join(field.encode_name for field in fields if not field.required)
    says = (cls.__doc__ or "").strip().splitlines()[0]
    return f"| `{name}` | {version} | {says} | {needed}{'; ' + optional if optional else ''} |"


@pytest.mark.parametrize(("name", "version"), EVENT_TYPES)
def test_an_event_type_is_documented_as_it_is_defined(name: str, version: int) -> None:
    assert row(name, version, EVENT_TYPES[name, version]) in DOCUMENT.splitlines()


def test_the_document_lists_nothing_else() -> None:
    listed = [line.split("`")[1] for line in DOCUMENT.splitlines() if line.startswith("| `")]
    assert sorted(listed) == sorted(name for name, _ in EVENT_TYPES)
