"""The service in process, as another system meets it: addresses, tokens, JSON, and nothing of its inside."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from service import importing
from service.app import create_app, following
from service.auth.tokens import OPERATOR
from service.house import Errera, open_house
from service.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples"

BUILT = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""When the shared history was told to the register: the clock is set, so that today is the same every day."""

OPENED = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""When the tests begin to ask."""

Json = dict[str, Any]

COHORT: Json = {"name": "Vaart", "runsFrom": "2024-01-01", "runsUntil": "2027-12-31"}
ANY = {"If-Match": "*"}


def example(name: str) -> Json:
    """An import file of ours."""
    found: Json = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class World:
    """A running register. However it was used, in the end a replay of its log equals its live tables."""

    house: Errera
    app: FastAPI
    _open: AsyncExitStack

    async def client(self, role: str = "programmeManager", **whose: Any) -> httpx.AsyncClient:
        """Someone with a token, who reads English."""
        token, _ = await self.house.tokens.create(role, **whose)
        return await self.stranger(Authorization=f"Bearer {token}")

    async def stranger(self, **headers: str) -> httpx.AsyncClient:
        """Someone with these headers only."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url="https://register.example",
            headers={"Accept-Language": "en", **headers},
        )
        return await self._open.enter_async_context(client)

    async def size(self) -> int:
        """How many events there are."""
        return (await self.house.store.head()).size

    async def load(self, name: str) -> Sequence[importing.RowReport]:
        """Import one of the examples."""
        document = importing.read(example(name))
        reports = [one async for one in importing.run(self.house, OPERATOR, document, dry_run=False)]
        await self.settled()
        return reports

    async def settled(self) -> None:
        """Until everything that was written can be read."""
        assert await self.house.projector.wait_for(await self.size(), 30)


@asynccontextmanager
async def open_world(folder: Path, *, url: str | None = None, at: datetime = OPENED) -> AsyncIterator[World]:
    settings = Settings(data_dir=folder, database_url=url)
    offset = at - datetime.now(UTC)
    async with AsyncExitStack() as stack, open_house(settings, offset=offset) as house, following(house), stack:
        world = World(house, create_app(house), stack)
        yield world
        await world.settled()
        assert await house.projector.verify() == [], "a replay from the first event equals the live tables"


async def post(client: httpx.AsyncClient, address: str, body: Json | None = None, **headers: str) -> httpx.Response:
    """A call with headers, their hyphens as underscores."""
    return await client.post(
        address, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def told(answer: httpx.Response, status: int = 200) -> Json:
    """The answer's JSON, once its status is as promised."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    found: Json = answer.json()
    return found


def written(answer: httpx.Response, status: int = 201) -> Json:
    """What a write answers with, and all that every write promises."""
    found = told(answer, status)
    assert found["href"].startswith("/v1/")
    assert answer.headers["ETag"].strip('"').isdigit()
    assert answer.headers["ETag"] == f'"{int(answer.headers["ETag"].strip(chr(34)))}"'
    assert answer.headers["Errera-Position"] == str(found["position"])
    return found


def refused(answer: httpx.Response, status: int, code: str | None = None, field: str | None = None) -> Json:
    """The problem document; `code` is its own or an issue's, `field` the name in that issue."""
    found = told(answer, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert found["type"].startswith("urn:problem-type:")
    assert found["status"] == status
    codes = [found["code"], *(issue["code"] for issue in found.get("issues", []))]
    assert code is None or code in codes, found
    if field is not None:
        assert field in [issue.get("name") for issue in found["issues"]], found
    if status == 400:
        assert found["issues"], found
    return found


async def everything(client: httpx.AsyncClient, address: str) -> list[Json]:
    """All items of a collection, page by page."""
    items: list[Json] = []
    page: Json = {"next": address}
    while "next" in page:
        page = told(await client.get(page["next"]))
        items += page["items"]
    assert len(items) == page["total"]
    return items


def by_name(partners: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Partner name -> id."""
    return {one["name"]: one["partnerId"] for one in partners}
