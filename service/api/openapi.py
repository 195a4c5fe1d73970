"""The description of the HTTP interface: what FastAPI finds, and the problem documents that every call can answer."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.commands.registry import COMMANDS

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "What is wrong, where, and what to do next (RFC 9457, as the Belgif guide has it).",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:problem-type:belgif:badRequest"]},
        "href": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In the reader's language."},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable, whatever the language.", "examples": ["date.invalid"]},
        "issues": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "title", "code", "in", "detail"],
                "properties": {
                    "type": {"type": "string"},
                    "href": {"type": "string"},
                    "title": {"type": "string"},
                    "code": {"type": "string"},
                    "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
                    "name": {"type": "string", "examples": ["terms.coFinancing[0].share"]},
                    "value": {},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_ANSWER: Final[dict[str, Any]] = {
    "description": "What went wrong.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_NEEDS_VERSION: Final = frozenset(command.name for command in COMMANDS.values() if command.needs_version)


def describe(app: FastAPI) -> None:
    """Serve this description at `/openapi.json`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            app.openapi_schema = _with_problems(found)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to describe it oneself


def _with_problems(found: dict[str, Any]) -> dict[str, Any]:
    schemas = found["components"]["schemas"]
    for replaced in ("HTTPValidationError", "ValidationError"):
        schemas.pop(replaced, None)
    schemas["Problem"] = _PROBLEM
    for operations in found["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = _ANSWER
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "If-Match" and operation["operationId"] in _NEEDS_VERSION:
                    parameter["required"] = True
    return found
