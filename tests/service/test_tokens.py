"""Tokens: told once, kept as a hash, good until revoked or expired; and the 401 that fits."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from events.store.database import Database
from service.api.asking import Asking
from service.api.http import StrictRoute, install, install_middleware
from service.auth.tokens import PREFIX, SCOPES, Caller, TokenExpiredError, Tokens
from service.auth.tokens import tokens as table
from service.fields import Body, Name
from service.locality import LOCAL
from service.problems import Problem
from tests.postgresql import Databases


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        one = Database(f"sqlite:///{tmp_path}/errera.db")
        yield one
        await one.dispose()
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    one = Database(url)
    yield one
    await one.dispose()
    await databases.drop_database(url)


@pytest.fixture
async def tokens(database: Database) -> Tokens:
    one = Tokens(database)
    await one.open()
    await one.open()  # a second process
    return one


class Thing(Body):
    name: Name


def application(tokens: Tokens) -> FastAPI:
    app = FastAPI()
    install(app)
    install_middleware(app, content_security_policy="default-src 'self'")
    app.state.errera = SimpleNamespace(tokens=tokens)

    @app.get("/who")
    async def who(asking: Asking) -> dict[str, str | None]:
        return {"role": asking.role, "actor": asking.actor, "partnerId": asking.partner_id}

    router = APIRouter(route_class=StrictRoute)

    @router.post("/things")
    async def make(asking: Asking, body: Thing) -> str:
        return body.name

    app.include_router(router)
    return app


async def ask(app: ASGIApp, *headers: tuple[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://errera.test") as client:
        return await client.get("/who", headers=list(headers))


async def test_a_token_is_told_once_and_kept_as_a_hash(tokens: Tokens, database: Database) -> None:
    token, record = await tokens.create("partner", partner_id="p1")
    assert re.fullmatch(r"errera_[A-Za-z0-9_-]{43}", token)
    assert await tokens.find(token) == Caller(token_id=record.token_id, role="partner", partner_id="p1")
    async with database.read() as connection:
        [row] = (await connection.execute(table.select())).all()
    assert token.removeprefix(PREFIX) not in str(row)
    assert token.startswith(record.prefix)
    assert len(record.prefix) < 12


@pytest.mark.parametrize("token", ["", "errera_", "errera_" + "x" * 43, "x" * 10_000, "errera_" + "é" * 43])
async def test_an_unknown_token_is_nobody_s(tokens: Tokens, token: str) -> None:
    assert await tokens.find(token) is None


async def test_a_revoked_token_opens_nothing_at_once(tokens: Tokens) -> None:
    token, record = await tokens.create("auditor")
    assert await tokens.find(token)
    assert await tokens.revoke(record.token_id)
    assert await tokens.find(token) is None
    assert not await tokens.revoke(record.token_id)
    assert not await tokens.revoke("unknown")
    [listed] = await tokens.list()
    assert listed.revoked_at is not None


async def test_a_token_revoked_by_another_process_opens_nothing_within_five_seconds(
    tokens: Tokens, database: Database
) -> None:
    seconds = 100.0
    here = Tokens(database, lambda: seconds)
    token, record = await tokens.create("auditor")
    assert await here.find(token)
    await tokens.revoke(record.token_id)
    seconds += 5
    assert await here.find(token) is None


async def test_an_expired_token_says_so(tokens: Tokens, database: Database) -> None:
    soon = await database.now() + timedelta(hours=1)
    token, _ = await tokens.create("auditor", expires_at=soon)
    assert await tokens.find(token)
    database.offset = timedelta(hours=2)
    with pytest.raises(TokenExpiredError):
        await tokens.find(token)
    with pytest.raises(ValueError, match="past"):
        await tokens.create("auditor", expires_at=soon)


async def test_the_last_administrator_stays(tokens: Tokens) -> None:
    _, first = await tokens.create("administrator")
    with pytest.raises(Problem) as refusal:
        await tokens.revoke(first.token_id)
    assert refusal.value.code == "access.lastAdministrator"
    await tokens.create("administrator")
    assert await tokens.revoke(first.token_id)


@pytest.mark.parametrize(
    ("role", "scopes", "said"),
    [
        ("king", [], "no role"),
        ("partner", [], "id of the partner"),
        ("client", ["all"], "no scope"),
        ("auditor", ["log:read"], "role client"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(tokens: Tokens, role: str, scopes: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        await tokens.create(role, scopes=scopes)


async def test_a_client_s_scopes_are_kept(tokens: Tokens) -> None:
    token, _ = await tokens.create("client", scopes=SCOPES)
    found = await tokens.find(token)
    assert found is not None
    assert found.scopes == frozenset(SCOPES)


def test_an_actor_is_the_person_where_there_is_one() -> None:
    assert Caller(token_id="t", role="auditor").actor == "token:t"
    assert Caller(token_id="t", role="auditor", person_id="p").actor == "person:p"


async def test_a_bearer_token_says_who_asks(tokens: Tokens) -> None:
    token, _ = await tokens.create("partner", partner_id="p1")
    answer = await ask(application(tokens), ("Authorization", f"bearer {token}"))
    assert answer.json()["partnerId"] == "p1"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "noAccessToken"),
        ([("Authorization", "Basic YTpi")], "noAccessToken"),
        ([("Authorization", "Bearer")], "noAccessToken"),
        ([("Authorization", "Bearer errera_" + "x" * 43)], "invalidAccessToken"),
        ([("Authorization", "Bearer a"), ("Authorization", "Bearer b")], "invalidAccessToken"),
    ],
)
async def test_nobody_gets_the_401_that_fits(tokens: Tokens, headers: list[tuple[str, str]], code: str) -> None:
    answer = await ask(application(tokens), *headers)
    assert answer.status_code == 401
    assert answer.json()["type"] == f"urn:problem-type:belgif:{code}"
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_expired_token_gets_its_own_401(tokens: Tokens, database: Database) -> None:
    token, _ = await tokens.create("auditor", expires_at=await database.now() + timedelta(hours=1))
    database.offset = timedelta(hours=2)
    answer = await ask(application(tokens), ("Authorization", f"Bearer {token}"))
    assert (answer.status_code, answer.json()["code"]) == (401, "expiredAccessToken")
    assert token not in answer.text


async def test_the_local_socket_is_the_operator(tokens: Tokens) -> None:
    app = application(tokens)

    async def local(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {LOCAL: {}}}, receive, send)

    assert (await ask(local)).json() == {"role": "operator", "actor": "system:local", "partnerId": None}


async def test_a_stranger_s_malformed_body_gets_401(tokens: Tokens) -> None:
    token, _ = await tokens.create("auditor")
    transport = httpx.ASGITransport(app=application(tokens))
    headers = {"content-type": "application/json"}
    async with httpx.AsyncClient(transport=transport, base_url="http://errera.test", headers=headers) as client:
        assert (await client.post("/things", content=b"{")).status_code == 401
        known = await client.post("/things", content=b"{", headers={"authorization": f"Bearer {token}"})
    assert (known.status_code, known.json()["code"]) == (400, "json.malformed")
