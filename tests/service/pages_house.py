"""A house with a history in it, for the tests of the pages, and an eye that reads HTML."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx

from schedulers.runner import Metronome
from service import importing
from service.app import create_app, due_of, following
from service.auth.tokens import OPERATOR
from service.house import Errera, open_house
from service.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples"
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def fill(directory: Path, *examples: str) -> Path:
    """Load examples into a house there and raise the reminders, once."""

    async def run() -> None:
        async with open_house(Settings(data_dir=directory)) as house, following(house):
            for name in examples:
                document = importing.read(json.loads((EXAMPLES / name).read_text(encoding="utf-8")))
                async for row in importing.run(house, OPERATOR, document, dry_run=False):
                    assert row.outcome != "refused", row
            await house.projector.wait_for((await house.store.head()).size, 60)
            await due_of(house).tick()
            await house.projector.wait_for((await house.store.head()).size, 60)

    asyncio.run(run())
    return directory


@dataclass
class Visitor:
    """A house and a browser's client for it."""

    house: Errera
    client: httpx.AsyncClient
    ids: dict[str, str] = field(default_factory=dict)

    async def as_role(self, role: str, **of: Any) -> "Visitor":
        token, _ = await self.house.tokens.create(role, **of)
        self.client.headers["Authorization"] = f"Bearer {token}"
        return self

    async def get(self, path: str, status: int = 200) -> "Page":
        answer = await self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-500:])
        assert answer.headers["content-type"].startswith("text/html"), path
        return Page.read(answer.text)

    async def items(self, path: str) -> list[dict[str, Any]]:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@asynccontextmanager
async def visiting(directory: Path) -> AsyncIterator[Visitor]:
    """The application over the house there, without a network; the scheduler stands still."""
    async with open_house(Settings(data_dir=directory)) as house, following(house):
        app = create_app(house)
        app.state.metronome = Metronome(due_of(house).tick, 5)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://errera.test") as client:
            yield Visitor(house, client)


@dataclass
class Page(HTMLParser):
    """What a page holds; reading it fails where tags do not close in the order in which they opened."""

    source: str = ""
    text: list[str] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, source: str) -> "Page":
        page = cls(source)
        HTMLParser.__init__(page, convert_charrefs=True)
        page.feed(source)
        page.close()
        assert not page._open, page._open
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open[-1] == tag, (self._open, tag, self.getpos())
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def links(self) -> list[str]:
        return [str(attrs["href"]) for attrs in self.all("a")]

    def faults(self) -> list[str]:
        """What a page must not do: the parts of WCAG and of the content security policy that can be seen here."""
        found = [f"style or script inline: {name}" for name, attrs in self.tags if "style" in attrs]
        found += [f"{name} inline" for name, attrs in self.tags if name in {"style", "script"}]
        found += [f"{key} inline" for _, attrs in self.tags for key in attrs if key.startswith("on")]
        ids = [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]
        found += [f"id twice: {one}" for one in set(ids) if ids.count(one) > 1]
        references = ("for", "aria-labelledby", "aria-describedby")
        found += [
            f"{key} names nothing: {attrs[key]}"
            for _, attrs in self.tags
            for key in references
            if key in attrs and attrs[key] not in ids
        ]
        labelled = {attrs.get("for") for attrs in self.all("label")}
        found += [
            f"field without label: {attrs}"
            for name, attrs in self.tags
            if name in {"input", "select"} and "hidden" not in attrs and attrs.get("type") != "hidden"
            if attrs.get("id") not in labelled
        ]
        levels = [int(name[1]) for name, _ in self.tags if name in {"h1", "h2", "h3", "h4"}]
        if levels.count(1) != 1 or levels[0] != 1:
            found.append(f"headings: {levels}")
        found += [f"heading jumps: {levels}" for a, b in pairwise(levels) if b > a + 1]
        found += ["table without caption"] * (len(self.all("table")) - len(self.all("caption")))
        found += ["th without scope" for attrs in self.all("th") if "scope" not in attrs]
        found += [f"no {name}" for name in ("main", "header", "footer") if len(self.all(name)) != 1]
        return found
