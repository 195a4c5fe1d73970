"""Who asks: a bearer token's owner, or the operator at the service's own socket."""

from contextlib import suppress
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from starlette.requests import Request

from domain.refusals import Refused
from service.auth.tokens import OPERATOR, Caller, TokenExpiredError, Tokens
from service.disclosing import REASON_HEADER, recognised
from service.fields import parse_name
from service.locality import is_local
from service.problems import Issue, Problem

_bearer = HTTPBearer(auto_error=False, description="A token made with `errera token create`.")


async def caller(
    request: Request, _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
) -> Caller:
    """The caller of a request. Raises the 401 that fits (RFC 6750)."""
    found = await _found(request)
    recognised(found, _reason(request))
    return found


async def _found(request: Request) -> Caller:
    if is_local(request.scope):
        return OPERATOR
    headers = request.headers.getlist("authorization")
    scheme, _, token = (headers[0] if headers else "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem.unauthorized("noAccessToken")
    if len(headers) > 1:
        raise Problem.unauthorized("invalidAccessToken")
    tokens: Tokens = request.app.state.errera.tokens
    try:
        found = await tokens.find(token.strip())
    except TokenExpiredError:
        raise Problem.unauthorized("expiredAccessToken") from None
    if found is None:
        raise Problem.unauthorized("invalidAccessToken")
    return found


def _reason(request: Request) -> str | None:
    """Why personal data is read. A header's bytes are UTF-8 here, as they are typed, where they can be."""
    given = request.headers.get(REASON_HEADER)
    if given is None:
        return None
    with suppress(UnicodeError):
        given = given.encode("latin-1").decode()
    try:
        return parse_name(given)
    except Refused as refused:
        raise Problem.bad_request([Issue.of(refused, place="header", name="Errera-Reason")]) from None


Asking = Annotated[Caller, Depends(caller)]
"""What a route declares: `asking: Asking`."""
