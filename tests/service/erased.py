"""A person to erase, with all that the register holds of it, and an eye for every byte that is left."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa

from tests.acceptance.world import COHORT, Json, World, told, written
from tests.postgresql_server import find_binaries
from tests.system import missing

NAME = "Zoë Ölçer-Vandenbroucke"
EMAIL = "zoe.olcer@voorbeeld.example"
CAPACITY = "gedelegeerd bestuurder sinds de fusie"
GROUND = {"legalGround": "AVG, artikel 17, lid 1, a)", "selectionRule": "BO-4.2"}


@dataclass(frozen=True)
class Signatory:
    """A person who signed and looks after a partner, and what lay in the vault of it."""

    person_id: str
    agreement: Json
    partner: Json
    sealed: list[bytes]
    """The bytes of its rows in the vault: keys and contents."""


async def signatory(world: World) -> Signatory:
    """Somebody who signed an agreement, with a capacity, and became account manager; among others."""
    manager = await world.client()
    for number in range(12):
        written(await manager.post("/v1/persons", json={"name": f"Iemand {number}", "role": "x" * (number + 1)}))
    partner = written(await manager.post("/v1/partners", json={"name": "Kring van Lezers"}))
    cohort = written(await manager.post("/v1/cohorts", json=COHORT))
    body = {"name": NAME, "email": EMAIL, "role": "bestuurder"}
    person = written(await manager.post("/v1/persons", json=body))["personId"]
    agreement = written(
        await manager.post(
            "/v1/agreements",
            json={
                "cohortId": cohort["cohortId"],
                "partnerId": partner["partnerId"],
                "signedOn": "2023-12-11",
                "signatories": [{"personId": person, "forParty": "partner", "capacity": CAPACITY}],
            },
        )
    )
    assigned = {"personId": person, "effectiveOn": "2024-01-01"}
    written(await manager.post(f"/v1/partners/{partner['partnerId']}/accountManagers", json=assigned))
    for number in range(12):
        written(await manager.post("/v1/persons", json={"name": f"Nog iemand {number}", "role": "y" * (number + 1)}))
    await world.settled()
    return Signatory(person, agreement, partner, await rows_of(world, person))


async def rows_of(world: World, person: str) -> list[bytes]:
    vault = world.house.vault
    async with vault.database.read() as connection:
        wanted = sa.or_(vault.rows.c.id == person, vault.rows.c.about == person)
        found = await connection.execute(sa.select(vault.rows.c.wrapped_key, vault.rows.c.sealed).where(wanted))
        rows = [part for row in found for part in row]
    assert len(rows) == 4, "who it is, and its capacity"
    return rows


def needles(of: Signatory) -> Iterator[tuple[str, bytes]]:
    """Everything that must be nowhere, in every form that it could take."""
    for text in (NAME, NAME.split()[1], EMAIL, CAPACITY):
        for form in (text, json.dumps(text)[1:-1], text.casefold()):
            yield text, form.encode()
            yield text, form.encode("utf-16-le")
            yield text, form.encode("utf-16-be")
    for number, sealed in enumerate(of.sealed):
        for start in range(0, len(sealed) - 15, 16):  # a torn piece of it would do
            yield f"sealed {number}", sealed[start : start + 16]
        yield f"sealed {number}", sealed.hex().encode()


def traces(folder: Path, of: Signatory) -> list[tuple[str, str]]:
    """What is left, and in which file."""
    wanted = list(needles(of))
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            found += [(path.name, name) for name, needle in wanted if needle in content]
    return sorted(set(found))


async def tables(url: str) -> bytes:
    """Every row of every table, as COPY writes it."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = []
        for schema, table in rows:
            texts = await connection.fetch(f'SELECT t::text AS row FROM "{schema}"."{table}" t')
            found += [row["row"].encode() for row in texts]
        return b"\n".join(found)
    finally:
        await connection.close()


def dump(url: str) -> bytes:
    program = find_binaries() / "pg_dump"
    if not program.exists():
        missing("pg_dump", "install PostgreSQL's client programs")
    return subprocess.run([program, url], capture_output=True, check=True).stdout


def left(content: bytes, of: Signatory) -> set[str]:
    return {name for name, needle in needles(of) if needle in content or needle.hex().encode() in content}


async def requested(world: World, of: Signatory, ground: Json | None = None) -> str:
    """A programme manager's request."""
    manager = await world.client()
    answer = await manager.post(f"/v1/persons/{of.person_id}/erasureRequests", json=ground or GROUND)
    return str(written(answer)["requestId"])


async def erase(world: World, of: Signatory, status: int = 200) -> Json:
    """Two people."""
    request = await requested(world, of)
    administrator = await world.client("administrator")
    answer = await administrator.post(f"/v1/persons/{of.person_id}/erasures", json={"requestId": request})
    return written(answer, status)


async def everything_said(world: World) -> str:
    """Every answer that the register gives to who may read most."""
    manager, found = await world.client(), []
    for path in ("partners", "cohorts", "agreements", "persons", "events", "claims", "reminders", "erasureRequests"):
        page: Any = told(await manager.get(f"/v1/{path}"))
        found.append(json.dumps(page, ensure_ascii=False))
        subjects = page["items"] if path in {"partners", "cohorts", "agreements"} else []
        found += [(await manager.get(f"{one['href']}/history")).text for one in subjects]
    return "\n".join(found)
