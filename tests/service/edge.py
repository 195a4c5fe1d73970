"""A small application behind the edge, for the edge's tests."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import httpx
from fastapi import APIRouter, FastAPI, Form, Query, Request

from domain.refusals import Refused
from events.store.port import CommandReusedError, EntryTooLargeError, ReadOnlyStoreError, VersionConflictError
from service.api.http import StrictRoute, install, install_middleware
from service.fields import (
    Body,
    Code,
    DayText,
    DecimalText,
    EmailText,
    EnterpriseNumberText,
    Id,
    InstantText,
    Name,
    OffsetText,
    PartialDateText,
    Prose,
    ShareText,
)
from service.problems import Problem

SECRET = "sleutel-4711"


class Share(Body):
    party: Literal["agency", "partner"]
    share: ShareText


class Terms(Body):
    co_financing: list[Share] | None = None
    consultation_months: list[int] | None = None


class Everything(Body):
    name: Name
    notes: Prose | None = None
    signed_on: PartialDateText | None = None
    held_on: DayText | None = None
    starts_at: InstantText | None = None
    enterprise_number: EnterpriseNumberText | None = None
    value: DecimalText | None = None
    offset: OffsetText | None = None
    partner_id: Id | None = None
    email: EmailText | None = None
    predicate: Code | None = None
    year: int | None = None
    retroactive: bool | None = None
    terms: Terms | None = None


def application(**options: Any) -> FastAPI:
    router = APIRouter(route_class=StrictRoute)

    @router.post("/v1/things")
    async def make(body: Everything) -> dict[str, Any]:
        return body.model_dump(by_alias=True, exclude_none=True)

    @router.get("/v1/things")
    async def things(year: int | None = None, status: Annotated[list[str] | None, Query()] = None) -> dict[str, Any]:
        return {"year": year, "status": status}

    @router.get("/v1/things/{thing_id}")
    async def thing(thing_id: str) -> str:
        return thing_id

    @router.post("/v1/things/{thing_id}/acknowledgements")
    async def acknowledge(thing_id: str) -> str:
        return thing_id

    @router.post("/login")
    async def login(token: Annotated[str, Form()]) -> int:
        return len(token)

    @router.get("/raise/{name}")
    async def fail(name: str) -> None:
        raise FAILURES[name]

    @router.get("/own-header")
    async def own_header(request: Request) -> str:
        return str(request.state.trace_id)

    app = FastAPI()
    app.include_router(router)
    install(app)
    install_middleware(app, content_security_policy="default-src 'self'", **options)
    return app


FAILURES: Mapping[str, Exception] = {
    "signed": Refused("agreement.alreadySigned", agreementId="a1", partnerId="p1"),
    "late": Refused("agreement.signedAfterStart", field="signedOn", signedOn="2027-01-02", runsFrom="2027-01-01"),
    "unknown": Refused("partner.unknown"),
    "reference": Refused("partner.notKnown", field="partnerId", partnerId="p9"),
    "reused": CommandReusedError("again"),
    "moved": VersionConflictError("agreement-a1", 1, 2),
    "large": EntryTooLargeError(70_000, 61_440),
    "readOnly": ReadOnlyStoreError("broken"),
    "stale": Problem.precondition_failed("7"),
    "blind": Problem.precondition_required(),
    "often": Problem.too_many_requests(9),
    "bug": RuntimeError(SECRET),
}


@asynccontextmanager
async def connect(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application, without a network."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://errera.test") as client:
        yield client


async def post(
    client: httpx.AsyncClient, content: bytes | str, path: str = "/v1/things", **headers: str
) -> httpx.Response:
    return await client.post(path, content=content, headers={"content-type": "application/json", **headers})


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert re.fullmatch(r"urn:problem-type:(belgif|errera):[A-Za-z.]+", document["type"])
    assert document["instance"] == f"urn:uuid:{answer.headers['belgov-trace-id']}"
    assert document["title"]
    assert document["detail"]
    assert document["code"]
    return document
