"""The dossier's words, and where in the log an instant lies."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from events.envelope import to_micros
from events.store.port import Store
from service.dossier.instants import last_known
from service.dossier.words import TEXTS

FOLDER = Path(__file__).parents[2] / "service" / "dossier"
BEGAN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_both_languages_name_the_same_facts() -> None:
    for key, words in TEXTS.items():
        nl, en = (set(re.findall(r"\{(\w+)\}", text)) for text in words)
        assert nl == en, key


def test_every_text_is_used_and_none_is_missing() -> None:
    sources = "".join(one.read_text() for one in FOLDER.iterdir() if one.is_file() and one.name != "words.py")
    used = set(re.findall(r"""(?:say|text|_?unknown|t)\(\s*"([\w.]+)\"""", sources))
    assert used - set(TEXTS) == set()
    assert [
        key for key in TEXTS if f'"{key}"' not in sources and f"words.{key}" not in sources and key[:6] != "check."
    ] == []


class Log:
    """A log whose events were recorded so many seconds after it began; it counts how often it is asked."""

    def __init__(self, seconds: Sequence[int]) -> None:
        self.seconds = seconds
        self.asked = 0

    async def head(self) -> Any:
        last = BEGAN + timedelta(seconds=self.seconds[-1]) if self.seconds else None
        return SimpleNamespace(size=len(self.seconds), recorded_at=last)

    async def read_bodies(self, after: int, _limit: int) -> list[tuple[int, int, bytes]]:
        self.asked += 1
        return [(after + 1, to_micros(BEGAN + timedelta(seconds=self.seconds[after])), b"")]


@pytest.mark.parametrize(
    ("asked", "position"), [(-1, None), (0, 2), (1, 2), (2, 3), (7, 3), (8, 6), (9, 6), (100, 7), (None, 7)]
)
async def test_the_last_event_known_at_an_instant(asked: int | None, position: int | None) -> None:
    log = Log([0, 0, 2, 8, 8, 8, 20])
    known_at = None if asked is None else BEGAN + timedelta(seconds=asked)
    found = await last_known(cast("Store", log), known_at)
    assert (found[0] if found else None) == position
    if found:
        assert found[1] == BEGAN + timedelta(seconds=log.seconds[found[0] - 1])


async def test_it_is_found_by_a_few_looks_and_an_empty_log_knows_nothing() -> None:
    log = Log(range(1_000_000))
    assert await last_known(cast("Store", log), BEGAN + timedelta(seconds=123_456)) == (
        123_457, BEGAN + timedelta(seconds=123_456),
    )  # fmt: skip
    assert log.asked < 30
    assert await last_known(cast("Store", Log([])), BEGAN) is None
