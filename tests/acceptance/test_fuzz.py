"""Whatever is sent: an answer, never a 5xx."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.commands.registry import COMMANDS
from tests.acceptance.test_roles import BODIES, House, build, filled
from tests.acceptance.world import open_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "2026-02-29",
        "2026",
        "9999-12-31",
        "\x00",
        "\u202e",
        "NaN",
        "1e999",
        "-P1D",
        "P3660D",
        "2026-01-01T00:00:00+14:00",
        "a" * 300,
    ]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_world(tmp_path_factory.mktemp("fuzz") / "data") as world:
        yield await build(world)


def _address(path: str, ids: dict[str, str], reminder: str) -> str:
    return path.replace("Id}", "}").format_map(
        {**ids, "reminder": reminder, "disposition": f"agreement:{ids['agreement']}"}
    )


def _sound(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (
        f"{answer.request.method} {answer.request.url} {answer.request.content!r}: {answer.text}"
    )
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_a_body_with_one_thing_wrong(house: House, name: str) -> None:
    """A right body with one field replaced, added or left out."""
    command, ids = COMMANDS[name], house.of("own")
    right = filled(BODIES.get(name, {"until": "2027-01-01T00:00:00Z"}), ids)
    fields = sorted({field.alias or "" for field in command.body.model_fields.values()})
    bodies: list[Any] = []

    @FEW
    @given(st.sampled_from([*fields, "unknown"]), VALUES)
    def collect(field: str, value: Any) -> None:
        bodies.append({**right, field: value})

    await asyncio.to_thread(collect)
    address = _address(command.path, ids, "nobody")
    for body in bodies:
        content = json.dumps(body)
        headers = {"If-Match": "*", "Content-Type": "application/json"}
        _sound(await house.clients["programmeManager"].post(address, content=content, headers=headers))


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_any_json_at_all(house: House, name: str) -> None:
    bodies: list[Any] = []

    @settings(FEW, max_examples=10)
    @given(VALUES)
    def collect(value: Any) -> None:
        bodies.append(value)

    await asyncio.to_thread(collect)
    address = _address(COMMANDS[name].path, house.of("own"), "nobody")
    for body in bodies:
        _sound(
            await house.clients["programmeManager"].post(
                address,
                content=json.dumps(body),
                headers={"If-Match": "*", "Content-Type": "application/json"},
            )
        )


READS = (
    "/v1/partners", "/v1/persons", "/v1/cohorts", "/v1/agreements", "/v1/consultations", "/v1/claims", "/v1/reminders",
    "/v1/partners/{partner}", "/v1/agreements/{agreement}", "/v1/cohorts/{cohort}", "/v1/cohorts/{cohort}/history",
    "/v1/log/checkpoint", "/v1/log/inclusionProofs", "/v1/log/consistencyProofs", "/v1/log/tile/0/000",
    "/v1/calendars", "/v1/calendarFiles",
)  # fmt: skip
PARAMETERS = (
    "asOf", "knownAt", "pageSize", "cursor", "status", "year", "cohortId", "partnerId", "open", "publishedBy", "subject",
    "predicate", "kind", "after", "limit", "x", "position", "size", "from", "to", "scope",
)  # fmt: skip


@pytest.mark.parametrize("path", READS)
async def test_any_query(house: House, path: str) -> None:
    queries: list[str] = []
    encodable = TEXTS.filter(lambda text: text.isascii() or max(text) < "\ud800" or min(text) > "\udfff")
    texts = encodable | st.dates().map(str) | st.datetimes().map(lambda one: f"{one.isoformat()}Z")

    @FEW
    @given(st.lists(st.tuples(st.sampled_from(PARAMETERS), texts), min_size=1, max_size=2))
    def collect(query: list[tuple[str, str]]) -> None:
        queries.append(urlencode(query))

    await asyncio.to_thread(collect)
    for query in queries:
        _sound(
            await house.clients["programmeManager"].get(
                path.format_map(house.of("own")), params=httpx.QueryParams(query)
            )
        )


@pytest.mark.parametrize(
    "name", ["If-Match", "Idempotency-Key", "Errera-Position", "Authorization", "Accept-Language", "BelGov-Trace-Id"]
)
async def test_any_header(house: House, name: str) -> None:
    values: list[bytes] = []

    @FEW
    @given(
        st.binary(max_size=40).filter(lambda raw: not set(raw) & {0, 10, 13})
        | st.sampled_from([b'"', b",", b"W/", b'W/"', b"*,*"])
    )
    def collect(value: bytes) -> None:
        values.append(value)

    await asyncio.to_thread(collect)
    client = house.clients["programmeManager"]
    address = f"/v1/partners/{house.ids['ownPartner']}"
    for value in values:
        header = [(name.encode(), value)]
        if name != "Errera-Position" or not value.isdigit():
            _sound(await client.get(address, headers=header))
        _sound(await client.post(f"{address}/aliases", json={"name": "x"}, headers=header))
