"""The outbox over HTTP: who sees it, a dead letter replayed, health and metrics; and the settings of a mail server."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from events.envelope import to_micros
from schedulers.outbox.rows import Mail
from schedulers.outbox.tables import outbox
from service.settings import Settings
from tests.acceptance.world import World, open_world, refused, told

FROM = "Errera <errera@agency.example>"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def a_dead_letter(world: World) -> None:
    rows, now = world.house.mailing.outbox, to_micros(await world.house.now())
    row = {"id": "r1", "position": 1, "reminder_id": "r1", "obligation": "o1", "role": "accountManager", "failures": 0}
    instants = {"due_at": now, "raised_at": now, "next_at": now, "settled_at": now}
    async with world.house.store.database.write() as connection:
        await connection.execute(outbox.insert().values(**row, **instants, state="dead", reason="550 5.1.1"))
        mail = Mail("p1", "dead", "550 5.1.1", now)
        await rows.note(connection, "r1", mail)
        await rows.mark(connection, mail)


async def test_a_dead_letter_is_shown_degrades_health_and_is_replayed_once(world: World) -> None:
    manager = await world.client()
    await a_dead_letter(world)
    [shown] = told(await manager.get("/v1/outbox?state=dead"))["items"]
    assert (shown["outboxId"], shown["state"], shown["reason"]) == ("r1", "dead", "550 5.1.1")
    assert [(mail["personId"], mail["code"]) for mail in shown["mails"]] == [("p1", "550 5.1.1")]
    metrics = (await manager.get("/metrics")).text
    assert 'errera_outbox_rows{state="dead"} 1.0' in metrics
    assert "errera_outbox_raised 1.0" in metrics
    replayed = told(await manager.post("/v1/outbox/r1/replays"))
    assert (replayed["state"], replayed["mails"]) == ("waiting", [])
    assert await world.house.mailing.outbox.refused_addresses(["p1"]) == frozenset()
    refused(await manager.post("/v1/outbox/r1/replays"), 409, "outbox.notDead")
    refused(await manager.post("/v1/outbox/r2/replays"), 404, "outbox.unknown")


async def test_without_a_mail_server_rows_wait_and_health_says_so(world: World) -> None:
    stranger = await world.stranger()
    check = told(await stranger.get("/health"))["checks"]["mail"]
    assert (check["status"], check["details"]["notSetUp"]) == ("UP", "ERRERA_SMTP_URL")
    await a_dead_letter(world)
    assert await world.house.mailing.outbox.replay("r1", 0)
    assert await world.house.mailing.once() == 0
    assert told(await stranger.get("/health"))["checks"]["mail"]["details"]["waiting"] == 1


@pytest.mark.parametrize("role", ["accountManager", "auditor", "administrator"])
async def test_the_outbox_is_the_programme_manager_s(world: World, role: str) -> None:
    client = await world.client(role)
    refused(await client.get("/v1/outbox"), 403)
    refused(await client.post("/v1/outbox/r1/replays"), 403)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"smtp_url": "smtp://mail.example"}, "ERRERA_MAIL_FROM"),
        ({"smtp_url": "http://mail.example", "mail_from": FROM}, "smtps://host"),
        ({"smtp_url": "smtp://ann:secret@mail.example", "mail_from": FROM}, "without who we are"),
        ({"mail_from": "nobody"}, "an address such as"),
        ({"smtp_url": "smtp://mail.example", "mail_from": FROM, "smtp_user": "errera"}, "go together"),
        ({"smtp_password_file": Path("/nowhere/password"), "smtp_user": "errera"}, "cannot be read"),
    ],
)
def test_a_mail_server_that_cannot_be_is_refused_at_the_start(said: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Settings(**said)


def test_a_password_goes_out_encrypted_only(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("geheim\n")
    said: dict[str, Any] = {"smtp_url": "smtp://mail.example", "mail_from": FROM, "smtp_user": "errera"}
    with pytest.raises(ValidationError, match="encrypted only"):
        Settings(**said, smtp_password_file=file, smtp_starttls="offered")
    server = Settings(**said, smtp_password_file=file).mail_server
    assert server is not None
    assert (server.host, server.port, server.tls, server.password) == ("mail.example", 587, "required", "geheim")
    assert "geheim" not in repr(server)
