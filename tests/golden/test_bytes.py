"""The log's bytes never change: proofs are computed over them."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import EVENT_TYPES
from events.catalogue.partner import PartnerAdded
from events.codec import Codec, Pending, UnknownEventError
from events.envelope import Context, Source, from_micros
from events.log.entry import ENTRY_LIMIT, entry
from tests.golden.happened import CODEC, FILE, HAPPENED, FixedError, Happened, add_what_is_new, bodies, golden
from tests.spec import made


def body_of(kept: dict[str, Any]) -> bytes:
    text: str = kept["entry"]
    return text.encode().split(b"\n", 3)[3]


def test_the_golden_entries_are_reproduced_byte_for_byte() -> None:
    kept = golden()
    assert len(kept) == len(HAPPENED), "run python -m tests.golden.happened"
    for (_, _, body), fixed in zip(bodies(), kept, strict=True):
        whole = entry(fixed["position"], fixed["recordedAt"], body)
        assert whole == fixed["entry"].encode()
        assert hashlib.sha256(whole).hexdigest() == fixed["sha256"]


@pytest.mark.parametrize(
    "happened",
    [
        HAPPENED[:-1],
        (*HAPPENED[:2], *HAPPENED[3:]),
        (HAPPENED[1], HAPPENED[0], *HAPPENED[2:]),
        (HAPPENED[0], *HAPPENED),
    ],
    ids=["the last removed", "one removed", "two in another order", "one put before them"],
)
def test_an_entry_that_is_there_is_never_made_anew(tmp_path: Path, happened: Happened) -> None:
    file = tmp_path / FILE.name
    file.write_bytes(FILE.read_bytes())
    with pytest.raises(FixedError, match="new ones go at the end"):
        add_what_is_new(file, happened)
    assert file.read_bytes() == FILE.read_bytes()


def test_a_new_event_is_added_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / FILE.name
    add_what_is_new(file, HAPPENED[:-1])
    assert golden(file) == golden()[:-1]
    add_what_is_new(file)
    assert file.read_bytes() == FILE.read_bytes()


def test_the_golden_entries_decode_to_their_events() -> None:
    for (number, event, body), fixed in zip(bodies(), golden(), strict=True):
        read = CODEC.decode(fixed["position"], from_micros(fixed["recordedAt"]), body_of(fixed))
        assert (read.event, read.event_id, body_of(fixed)) == (event, f"event-{number}", body)
        stream, name, version, _ = HAPPENED[number - 1]
        assert (read.stream, read.type, read.schema_version) == (stream, name, version)


def test_the_golden_bodies_are_canonical_json() -> None:
    for fixed in golden():
        assert rfc8785.dumps(json.loads(body_of(fixed))) == body_of(fixed)


def test_every_event_type_has_a_golden_entry() -> None:
    """Add it to tests/golden/happened.py; never change an existing one."""
    kept = {(body["type"], body["v"]) for body in (json.loads(body_of(fixed)) for fixed in golden())}
    assert sorted(EVENT_TYPES.keys() - kept) == [], "add an event to tests/golden/happened.py"


def test_every_field_of_every_event_type_is_in_a_golden_entry() -> None:
    told: dict[str, set[str]] = {}
    for _, event, _ in bodies():
        name = type(event).__name__
        told[name] = told.get(name, set()) | CODEC.plain(event).keys()
    untold = {
        cls.__name__: sorted(set(cls.__struct_encode_fields__) - told[cls.__name__]) for cls in EVENT_TYPES.values()
    }
    # a moment is planned on a date or at an instant, and moved likewise
    del untold["ConsultationPlanned"], untold["ConsultationMoved"]
    assert {name: fields for name, fields in untold.items() if fields} == {}


def test_an_entry_says_its_place_and_its_time() -> None:
    assert entry(7, 1, b"{}") == b"errera/1\n7\n1970-01-01T00:00:00.000001Z\n{}"
    for fixed in golden():
        assert re.match(r"errera/1\n[1-9][0-9]*\n2026-12-01T[0-9:]{8}\.[0-9]{6}Z\n\{", fixed["entry"])
        assert len(fixed["entry"].encode()) <= ENTRY_LIMIT


TEXT = st.text(alphabet=st.characters(codec="utf-8"))
TRICKY = st.text(alphabet='\x00\x08\x0b\x1f\x7f\x80"\\/\u2028\u2029\ufeff\uffff\U0001d538\U0010ffff\u200b\u202e')


@given(TEXT | TRICKY, st.none() | TEXT, TEXT, st.lists(TRICKY, max_size=3))
def test_a_body_is_canonical_whatever_the_text(name: str, kind: str | None, actor: str, lines: list[str]) -> None:
    event = made(PartnerAdded, partner_id="p", name=name, kind=kind)
    body = CODEC.encode(
        Pending(stream="partner-p", version=1, event_id="e", event=event),
        Context(command_id="c", actor=actor, sources=(Source(document="S0", lines=tuple(lines)),)),
    )
    assert rfc8785.dumps(json.loads(body)) == body
    assert CODEC.decode(1, from_micros(0), body).event == event


# Another release


def test_a_changed_shape_is_read_through_its_upcaster_and_stored_bytes_stay() -> None:
    old = {"partnerId": "p", "title": "Agoria"}
    later = Codec(
        {("PartnerAdded", 3): PartnerAdded},
        {
            ("PartnerAdded", 1): lambda data: {**data, "label": data["title"]},
            ("PartnerAdded", 2): lambda data: {"partnerId": data["partnerId"], "name": data["label"]},
        },
    )
    assert later.revive("PartnerAdded", 1, old) == made(PartnerAdded, partner_id="p", name="Agoria")
    assert later.name_of(made(PartnerAdded, partner_id="p", name="Agoria")) == ("PartnerAdded", 3)
    assert [later.knows("PartnerAdded", version) for version in (1, 3, 4)] == [True, True, False]


@pytest.mark.parametrize(("name", "version"), [("PartnerAdded", 2), ("PartnerTeleported", 1)])
def test_a_type_from_a_newer_release_is_named(name: str, version: int) -> None:
    with pytest.raises(UnknownEventError, match=f"{name} version {version}"):
        CODEC.revive(name, version, {})
    assert not CODEC.knows(name, version)
