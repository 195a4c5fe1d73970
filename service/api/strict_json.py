"""JSON as RFC 8259 and I-JSON (RFC 7493) mean it: what two parsers could read differently is refused, by name."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from service.problems import Issue

DEPTH: Final = 64
MOST_ITEMS: Final = 1_000
MOST_ISSUES: Final = 100

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+\\?"?|[\[\]{}]', re.DOTALL)
"""A string, whole or unfinished, or a bracket. Possessive, so that a hostile body costs no more than its length."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INTEGER_LENGTH: Final = 20
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_STEP: Final = {"[": 1, "{": 1, "]": -1, "}": -1}


class JsonRefusedError(Exception):
    """A body is not JSON as we accept it."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__(issues[0].code)
        self.issues = issues


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Stands in the parsed body where something was wrong, until the walk finds its path."""

    code: str


@dataclass(frozen=True, slots=True)
class _Pairs:
    """An object in which a key came more than once."""

    content: Mapping[str, Any]
    twice: Sequence[str] = field(default_factory=list)


def parse(body: bytes, *, most_items: int = MOST_ITEMS) -> Any:
    """The value of a JSON text. Raises JsonRefusedError with every issue, up to a hundred."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonRefusedError([Issue(code="json.notUtf8", facts={"offset": error.start})]) from None
    try:
        return _plain(text, most_items)
    except ValueError:  # look again, for what is wrong and where
        pass
    if _depth(text) > DEPTH:
        raise JsonRefusedError([Issue(code="json.tooDeep", facts={"limit": DEPTH})])
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=lambda _: _Wrong("json.notANumber"),
        )
    except json.JSONDecodeError as error:
        facts = {"line": error.lineno, "column": error.colno}
        raise JsonRefusedError([Issue(code="json.malformed", facts=facts)]) from None
    issues: list[Issue] = []
    for issue in _issues(value, "", most_items):
        issues.append(issue)
        if len(issues) == MOST_ISSUES:
            break
    if issues:
        raise JsonRefusedError(issues)
    return value


def _plain(text: str, most_items: int) -> Any:
    """The value of a text in which nothing can be wrong. Raises ValueError where something is, or might be."""
    brackets = text.count("[") + text.count("{")
    if brackets > DEPTH or text.count(",") >= most_items or "\\u" in text:  # only an escape hides a NUL or a surrogate
        raise ValueError
    return _DECODER.decode(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError
    return content


def _sound(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def number(text: str) -> Any:
        value = read(text)
        if isinstance(value, _Wrong):
            raise ValueError  # noqa: TRY004 - of the text
        return value

    return number


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        depth += _STEP.get(token.group(), 0)
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Pairs:
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    seen: set[str] = set()
    twice = [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return _Pairs(content, list(dict.fromkeys(twice)))


def _integer(text: str) -> int | _Wrong:
    if len(text) > _INTEGER_LENGTH or not _SMALLEST <= int(text) <= _LARGEST:
        return _Wrong("json.numberTooLarge")
    return int(text)


def _float(text: str) -> float | _Wrong:
    value = float(text)
    return value if math.isfinite(value) else _Wrong("json.numberTooLarge")


def _issues(value: object, path: str, most_items: int) -> Iterator[Issue]:
    match value:
        case str():
            if code := _text_code(value):
                yield _text_issue(code, path)
        case _Wrong(code):
            yield Issue(code=code, name=path or None)
        case list():
            if len(value) > most_items:
                facts = {"length": len(value), "limit": most_items}
                yield Issue(code="list.tooLong", name=path or None, facts=facts)
                return
            for index, item in enumerate(value):
                yield from _issues(item, f"{path}[{index}]", most_items)
        case _Pairs(content, twice):
            for key in twice:
                yield Issue(code="json.duplicateKey", name=_inside(path, key))
            yield from _issues(content, path, most_items)
        case dict():
            for key, item in value.items():
                if code := _text_code(key):
                    yield _text_issue(code, _inside(path, key))
                yield from _issues(item, _inside(path, key), most_items)
        case _:
            pass


def _text_code(text: str) -> str | None:
    if "\0" in text:
        return "text.forbiddenCharacter"
    return "json.loneSurrogate" if _SURROGATE.search(text) else None


def _text_issue(code: str, path: str) -> Issue:
    return Issue(code=code, name=path or None, facts={"character": "U+0000"})


def _inside(path: str, key: str) -> str:
    """A path that can be written down, whatever the key holds."""
    plain = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in key[:100])
    return f"{path}.{plain}" if path else plain


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_sound(_integer),
    parse_float=_sound(_float),
    parse_constant=_sound(lambda _: _Wrong("json.notANumber")),
)
