"""Pydantic's errors in our words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast, get_args

from service.problems import Issue, Place
from service.texts import known

_PLACES: Final = frozenset(get_args(Place))
_MOST_ISSUES: Final = 100

_CODES: Final[Mapping[str, str]] = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "string_type": "field.notText",
    "int_type": "field.notWholeNumber",
    "int_parsing": "field.notWholeNumber",
    "int_from_float": "field.notWholeNumber",
    "bool_type": "field.notBoolean",
    "bool_parsing": "field.notBoolean",
    "list_type": "field.notList",
    "tuple_type": "field.notList",
    "dict_type": "field.notObject",
    "model_type": "field.notObject",
    "model_attributes_type": "field.notObject",
    "literal_error": "field.notOneOf",
    "enum": "field.notOneOf",
    "greater_than": "field.outOfRange",
    "greater_than_equal": "field.outOfRange",
    "less_than": "field.outOfRange",
    "less_than_equal": "field.outOfRange",
}
"""Pydantic's error types, in our words."""


def issues_of(errors: Iterable[Mapping[str, Any]]) -> Sequence[Issue]:
    """Pydantic's errors as issues; ours carry their code and facts through it."""
    issues: list[Issue] = []
    for error in errors:
        place, name = _location(error["loc"])
        kind = str(error["type"])
        code = kind if known(kind) else _CODES.get(kind, "list.tooLong" if kind == "too_long" else "field.invalid")
        issues.append(Issue(code=code, place=place, name=name, value=error.get("input"), facts=_facts(code, error)))
        if len(issues) == _MOST_ISSUES:
            break
    return issues


def _facts(code: str, error: Mapping[str, Any]) -> Mapping[str, Any]:
    context: Mapping[str, Any] = error.get("ctx") or {}
    if code == "list.tooLong":
        return {"length": context.get("actual_length"), "limit": context.get("max_length")}
    return context


def _location(loc: Sequence[str | int]) -> tuple[Place, str | None]:
    first, *rest = loc or ("body",)
    if first not in _PLACES:  # a body judged by itself, as an import's rows are
        first, rest = "body", list(loc)
    place = cast("Place", first)
    name = ""
    for step in rest:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return place, name[:200] or None
