"""`errera log verify` beside a bare SELECT and SHA-256 loop over the same rows: a sealed register of real events.

`verifying.py --variant sqlite|postgresql [--n N] [--rounds R]`. Loads and seals the register once, then measures both
in turn; with all cores, as the command does, with one process, and with the data of every event read too.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from bench.driver import run
from bench.places import Variant, house_of, remove, tidy, url_of
from bench.recording import record
from events.log.verification.places import Place
from events.log.verification.postgresql import postgresql_place
from events.log.verification.sqlite import SqlitePlace
from events.log.verification.verifying import verify
from events.store.database import Database

_NAME: Final = "verify"
_AT_ONCE: Final = 2048
_TITLES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


async def load(variant: Variant, count: int) -> None:
    """Write the register, and seal all of it."""
    await remove(variant, _NAME)
    async with house_of(variant, _NAME) as house:
        await record(house.store, count)
        await house.audit.seal()
    await tidy(variant, _NAME)


def place_of(variant: Variant) -> Place:
    """The register, for reading."""
    url = url_of(variant, _NAME)
    return SqlitePlace(Database(url).path) if variant == "sqlite" else postgresql_place(url)


def bare(place: Place) -> int:
    """Every row once, and a hash of its body."""
    position = 0
    with place.open() as opened:
        while rows := opened.rows(position, position + _AT_ONCE):
            for _, _, _, _, body in rows:
                hashlib.sha256(body).digest()
            position = rows[-1][0]
    return position


def verified(place: Place, *, count: int | None = None, deep: bool = False) -> int:
    """As the command does."""
    found = verify(place, deep=deep, count=count)
    if found.faults or found.sealed != found.size:
        raise AssertionError(found)
    return found.size


def main() -> None:
    """Load, then measure all of them in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--n", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    run(load(asked.variant, asked.n))
    place = place_of(asked.variant)
    ways: Mapping[str, Callable[[], int]] = {
        "limit select and hash": partial(bare, place),
        "errera": partial(verified, place),
        "errera, one process": partial(verified, place, count=1),
        "errera, --deep": partial(verified, place, deep=True),
    }
    bare(place)  # the file is in memory from here on
    for number in range(1, asked.rounds + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            events = way()
            line = {"group": f"verify the log, {_TITLES[asked.variant]}", "contender": name, "round": number}
            print(json.dumps({**line, "rate": events / (time.perf_counter() - start)}), flush=True)


if __name__ == "__main__":
    main()
