"""What the edge answers: a document for every failure, in the reader's language, and headers on everything."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import Message, Scope

from tests.service.edge import SECRET, application, connect, post, problem


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with connect(application()) as one:
        yield one


@pytest.mark.parametrize(
    ("name", "status", "kind", "code"),
    [
        ("signed", 409, "errera:agreement.alreadySigned", "agreement.alreadySigned"),
        ("late", 400, "belgif:badRequest", "agreement.signedAfterStart"),
        ("reference", 400, "belgif:badRequest", "partner.notKnown"),
        ("unknown", 404, "belgif:resourceNotFound", "partner.unknown"),
        ("reused", 409, "errera:idempotency.reused", "idempotency.reused"),
        ("moved", 409, "errera:store.conflict", "store.conflict"),
        ("large", 400, "belgif:badRequest", "store.entryTooLarge"),
        ("readOnly", 503, "belgif:serviceUnavailable", "readOnly"),
        ("stale", 412, "errera:preconditionFailed", "preconditionFailed"),
        ("blind", 428, "errera:preconditionRequired", "preconditionRequired"),
        ("often", 429, "belgif:tooManyRequests", "tooManyRequests"),
        ("bug", 500, "belgif:internalServerError", "internalServerError"),
    ],
)
async def test_every_failure_has_its_document(
    client: httpx.AsyncClient, name: str, status: int, kind: str, code: str
) -> None:
    answer = await client.get(f"/raise/{name}")
    document = problem(answer, status)
    assert (document["type"], document["code"]) == (f"urn:problem-type:{kind}", code)
    assert ("retry-after" in answer.headers) == (name in {"moved", "readOnly", "often"})
    assert SECRET not in answer.text


async def test_a_refusal_names_its_field_and_its_facts(client: httpx.AsyncClient) -> None:
    [issue] = problem(await client.get("/raise/late"), 400)["issues"]
    assert issue["name"] == "signedOn"
    assert issue["type"] == "urn:problem-type:errera:input-validation:agreement.signedAfterStart"
    assert problem(await client.get("/raise/signed"), 409)["agreementId"] == "a1"
    [issue] = problem(await client.get("/raise/reference"), 400)["issues"]
    assert issue["type"] == "urn:problem-type:belgif:input-validation:referencedResourceNotFound"


async def test_a_failure_is_logged_without_what_it_says(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/raise/bug")
    logged = "".join(capsys.readouterr())
    assert "RuntimeError" in logged
    assert SECRET not in logged


async def test_the_reader_s_language(client: httpx.AsyncClient) -> None:
    dutch = await client.get("/raise/signed")
    english = await client.get("/raise/signed", headers={"accept-language": "fr;q=1, en-GB;q=0.8, nl;q=0.2"})
    assert (dutch.headers["content-language"], english.headers["content-language"]) == ("nl", "en")
    assert "ondertekende" in dutch.json()["detail"]
    assert "signed agreement a1" in english.json()["detail"]
    assert dutch.json()["title"] == english.json()["title"] == "Already signed"


async def test_a_body_over_a_mebibyte_is_413(client: httpx.AsyncClient) -> None:
    problem(await post(client, b"x" * (1024 * 1024 + 1)), 413)
    problem(await post(client, b"x" * (1024 * 1024 + 1), "/v1/things/t/acknowledgements"), 413)


@pytest.mark.parametrize("path", ["/v1/things", "/login"])
async def test_a_chunked_body_over_the_limit_is_413(client: httpx.AsyncClient, path: str) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65_536

    media_type = "application/json" if path == "/v1/things" else "application/x-www-form-urlencoded"
    answer = await client.post(path, content=chunks(), headers={"content-type": media_type})
    assert problem(answer, 413)["limit"] == 1_048_576


async def test_a_form_is_read(client: httpx.AsyncClient) -> None:
    assert (await client.post("/login", data={"token": "abc"})).json() == 3


async def drip(*, every: float) -> tuple[int, dict[str, Any]]:
    """Send a body one byte at a time; the status and the document that come back."""
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(every)
        return {"type": "http.request", "body": b"1", "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/things",
        "raw_path": b"/v1/things",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"content-type", b"application/json")],
        "server": ("errera.test", 80),
        "client": ("x", 1),
    }
    await application(receive_timeout=0.05)(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize("every", [0.01, 10.0])
async def test_a_slow_client_is_408(every: float) -> None:
    async with asyncio.timeout(5):
        status, document = await drip(every=every)
    assert (status, document["code"]) == (408, "requestTimeout")


async def test_an_answer_has_a_trace_id_of_its_own_and_names_the_request_s(client: httpx.AsyncClient) -> None:
    answer = await client.get("/own-header", headers={"belgov-trace-id": "abc-123"})
    assert answer.json() == answer.headers["belgov-trace-id"] != "abc-123"
    assert answer.headers["belgov-related-trace-id"] == "abc-123"
    odd = await client.get("/own-header", headers={"belgov-trace-id": "a b" * 40})
    assert "belgov-related-trace-id" not in odd.headers


@pytest.mark.parametrize("path", ["/own-header", "/nowhere", "/raise/bug"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers["referrer-policy"] == "same-origin"
