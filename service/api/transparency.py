"""The transparency log over HTTP: checkpoint, tiles and entries as C2SP tlog-tiles has them, and proofs made ready."""

import asyncio
import base64
import gzip
import hashlib
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from events.log.sealed import NotSealedError
from events.log.tiles import Bundle, parse_number, parse_tile
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House
from service.auth.policy import Action, judge
from service.house import Errera
from service.problems import Problem
from service.views import View

router = APIRouter(route_class=StrictRoute, tags=["transparency log"])

_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_FOR_EVER: Final = "max-age=31536000, immutable"
_LARGEST: Final = 2**62

Position = Annotated[int, Query(ge=1, le=_LARGEST, description="Of the event, from 1.")]
Size = Annotated[int | None, Query(ge=0, le=_LARGEST, description="Of the log; without it, of the newest checkpoint.")]
AwaitSealed = Annotated[
    bool, Query(alias="awaitSealed", description="Wait, up to five seconds, until a checkpoint covers it.")
]


class InclusionProof(View):
    """That an event is in the log: RFC 6962, section 2.1.1, for the leaf `position - 1`."""

    position: int
    size: int
    hashes: list[str] = Field(description="From the leaf's sibling up; standard base64.")
    checkpoint: str | None = Field(
        default=None, description="The signed note, where the log was sealed at exactly this size."
    )


class ConsistencyProof(View):
    """That the log of one size begins that of another: RFC 6962, section 2.1.2."""

    from_: int = Field(alias="from")
    to: int
    hashes: list[str] = Field(description="Standard base64.")
    checkpoint: str | None = Field(default=None, description="The signed note, where the log was sealed at `to`.")


def _served(media_type: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {media_type: {}}, "description": "As C2SP tlog-tiles has it."}}


@router.get(
    "/v1/log/checkpoint", operation_id="getCheckpoint", response_class=Response, responses=_served("text/plain")
)
async def checkpoint(request: Request, house: House) -> Response:
    """What the log says of itself, signed: its name, its size, the root of its tree. Open to all."""
    try:
        newest = await house.audit.latest()
    except NotSealedError:
        raise Problem.unavailable(retry_after=1) from None
    return _answer(request, newest.note, _TEXT, "public, no-cache")


@router.get("/v1/log/publicKey", operation_id="getLogKey", response_class=Response, responses=_served("text/plain"))
async def public_key(request: Request, house: House) -> Response:
    """The key that verifies the checkpoints, as `name+hash+base64`; while keys rotate one to a line. Open to all."""
    keys = "".join(f"{key}\n" for key in house.audit.verifiers)
    return _answer(request, keys.encode(), _TEXT, "public, no-cache")


@router.get(
    "/v1/log/tile/entries/{number:path}",
    operation_id="getLogEntries",
    response_class=Response,
    responses=_served(_BYTES),
)
async def entries(request: Request, house: House, caller: Asking, number: str) -> Response:
    """A bundle of entries: 256, or with `.p/<W>` its first W, each with its length before it (sixteen bits)."""
    judge(caller, Action.READ_EVENT_FEED)
    found = parse_number(number)
    content = await house.audit.log.entries(Bundle(*found)) if found else None
    if content is None or not _takes_gzip(request):
        answer = _immutable(request, content, "private")
    else:  # entries are JSON, a tenth of it where they are pressed
        pressed = await asyncio.to_thread(gzip.compress, content, mtime=0)
        answer = _immutable(request, pressed, "private")
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


@router.get(
    "/v1/log/tile/{level}/{number:path}", operation_id="getTile", response_class=Response, responses=_served(_BYTES)
)
async def tile(request: Request, house: House, level: str, number: str) -> Response:
    """A tile of the log's tree: 256 hashes, or with `.p/<W>` its first W. Open to all."""
    found = parse_tile(level, number)
    content = await house.audit.log.tile(found) if found else None
    return _immutable(request, content, "public")


@router.get("/v1/log/inclusionProofs", operation_id="getInclusionProof", response_model_exclude_none=True)
async def inclusion_proof(
    house: House, caller: Asking, position: Position, size: Size = None, *, await_sealed: AwaitSealed = False
) -> InclusionProof:
    """That the event at a position is in the log of a size."""
    judge(caller, Action.VERIFY_AUDIT)
    if await_sealed:
        await _sealed(house, max(position, size or 0))
    try:
        whole, proof = await house.audit.log.inclusion_proof(position, size)
    except NotSealedError as error:
        raise _not_sealed(error) from None
    return InclusionProof(
        position=position,
        size=whole,
        hashes=_encoded(proof.hashes),
        checkpoint=proof.checkpoint.decode() or None,
    )


@router.get("/v1/log/consistencyProofs", operation_id="getConsistencyProof", response_model_exclude_none=True)
async def consistency_proof(
    house: House,
    caller: Asking,
    older: Annotated[int, Query(alias="from", ge=0, le=_LARGEST, description="The size that the reader knows.")],
    newer: Annotated[
        int | None, Query(alias="to", ge=0, le=_LARGEST, description="Without it, the newest checkpoint's.")
    ] = None,
    *,
    await_sealed: AwaitSealed = False,
) -> ConsistencyProof:
    """That the log of one size begins the log of another."""
    judge(caller, Action.VERIFY_AUDIT)
    if await_sealed:
        await _sealed(house, max(older, newer or 0))
    try:
        whole, hashes = await house.audit.log.consistency_proof(older, newer)
    except NotSealedError as error:
        raise _not_sealed(error) from None
    sealed = await house.audit.log.at(whole)
    note = sealed.note.decode() if sealed else None
    return ConsistencyProof(from_=older, to=whole, hashes=_encoded(hashes), checkpoint=note)


async def _sealed(house: Errera, position: int) -> None:
    """Wait for it, where it is in the log."""
    if position > (await house.store.head()).size:
        return
    if await house.audit.sealed(position) is None:
        raise Problem.unavailable(retry_after=1)


def _not_sealed(error: NotSealedError) -> Problem:
    return Problem.not_found("log.notSealed", asked=error.asked, sealed=error.sealed)


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


def _takes_gzip(request: Request) -> bool:
    for one in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = one.replace(" ", "").partition(";")
        if name == "gzip":
            return weight.rstrip("0.") != "q="
    return False


def _immutable(request: Request, content: bytes | None, whose: str) -> Response:
    if content is None:
        raise Problem.not_found()
    return _answer(request, content, _BYTES, f"{whose}, {_FOR_EVER}")


def _answer(request: Request, content: bytes, media_type: str, keep: str) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": keep}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
