"""Signing in with a token, and out."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from service.auth.tokens import TokenExpiredError
from service.disclosing import REASON_COOKIE
from service.web.links import local
from service.web.rendering import render_outside
from service.web.route import PageRoute
from service.web.visiting import TOKEN_COOKIE, house_of

router = APIRouter(route_class=PageRoute)


@router.get("/login")
async def ask_token(request: Request) -> Response:
    """The form."""
    return _form(request, request.query_params.get("next"))


@router.post("/login")
async def sign_in(
    request: Request,
    token: Annotated[str, Form()] = "",
    onward: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """A cookie for whoever has a token; the same form for others."""
    wrong = await _wrong(request, token.strip())
    if wrong is not None:
        return _form(request, onward, wrong, 401)
    answer = RedirectResponse(local(onward), 303, headers={"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    answer.set_cookie(TOKEN_COOKIE, token.strip(), httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout")
async def sign_out() -> Response:
    """The cookie goes; the token stays good for whoever has it."""
    answer = RedirectResponse("/login", 303, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(TOKEN_COOKIE, httponly=True, samesite="lax")
    answer.delete_cookie(REASON_COOKIE, httponly=True, samesite="strict")
    return answer


async def _wrong(request: Request, token: str) -> str | None:
    if not token:
        return "login.missing"
    try:
        return None if await house_of(request).tokens.find(token) else "login.wrong"
    except TokenExpiredError:
        return "login.expired"


def _form(request: Request, onward: str | None, wrong: str | None = None, status: int = 200) -> Response:
    context: dict[str, Any] = {"onward": local(onward), "wrong": wrong, "visit": None, "nav": [], "section": ""}
    return render_outside(request, "login.html", status=status, **context)
