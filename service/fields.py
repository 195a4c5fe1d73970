"""The types of the fields in bodies. A text is a JSON string or nothing: a number is never taken for one."""

import re
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Final, LiteralString, ParamSpec, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from domain.refusals import Refused
from domain.values import (
    Offset,
    PartialDate,
    parse_day,
    parse_decimal,
    parse_enterprise_number,
    parse_instant,
    parse_share,
)

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_NAME: Final = 200
LONGEST_PROSE: Final = 20_000
LONGEST_VALUE: Final = 64
LONGEST_EMAIL: Final = 254

_INVISIBLE: Final = frozenset(
    {
        *map(chr, range(0x202A, 0x202F)),  # bidi embeddings and overrides
        *map(chr, range(0x2066, 0x206A)),  # bidi isolates
        "\u200e", "\u200f", "\u061c",  # bidi marks
        "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e",  # zero width
        "\u2028", "\u2029",  # line and paragraph separators
    }
)  # fmt: skip
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_]{2,63}")
_CODE: Final = re.compile(r"[a-z][A-Za-z0-9]{0,99}")
_ID: Final = re.compile(r"[!-~]{1,200}")


class FieldRefused(Exception):
    """A field's type says no, with a code of the edge."""

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def refusing(parse: Callable[P, T]) -> Callable[P, T]:
    """A parser that raises Refused, as a validator whose code and facts arrive in the issue."""

    @wraps(parse)
    def validate(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return parse(*args, **kwargs)
        except (Refused, FieldRefused) as refused:
            code: LiteralString = refused.code
            raise PydanticCustomError(code, code, dict(refused.facts)) from None

    return validate


def _check_length(text: str, limit: int) -> None:
    if len(text) > limit:
        raise Refused("text.tooLong", length=len(text), limit=limit)


def _check_characters(text: str, *, allowed: str = "", forbidden: frozenset[str] = frozenset()) -> None:
    for character in text:
        if character in forbidden or (unicodedata.category(character) in {"Cc", "Cs"} and character not in allowed):
            raise Refused("text.forbiddenCharacter", character=f"U+{ord(character):04X}")


def parse_name(text: str) -> str:
    """One line that a person reads: NFC, no invisible characters, spaces around it dropped."""
    name = unicodedata.normalize("NFC", text).strip(" \u00a0")
    _check_length(name, LONGEST_NAME)
    _check_characters(name, forbidden=_INVISIBLE)
    if not name.strip():
        raise Refused("text.blank")
    return name


def parse_prose(text: str) -> str:
    """Free text of several lines: NFC, lines end in LF."""
    prose = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    _check_length(prose, LONGEST_PROSE)
    _check_characters(prose, allowed="\n\t")
    if not prose:
        raise Refused("text.blank")
    return prose


def _value(parse: Callable[[str], object]) -> Callable[[str], str]:
    """The text itself, once it parses."""

    def keep(text: str) -> str:
        _check_length(text, LONGEST_VALUE)
        parse(text)
        return text

    return keep


def _parsed(parse: Callable[[str], str]) -> Callable[[str], str]:
    """What the text parses to."""

    def normalise(text: str) -> str:
        _check_length(text, LONGEST_VALUE)
        return parse(text)

    return normalise


def _instant(text: str) -> object:
    if _INSTANT.fullmatch(text) is None:
        raise Refused("instant.invalid", value=text)
    return parse_instant(text)


def _email(text: str) -> str:
    if len(text) > LONGEST_EMAIL or _EMAIL.fullmatch(text) is None:
        raise FieldRefused("email.invalid")
    return text


def _code(text: str) -> str:
    if _CODE.fullmatch(text) is None:
        raise FieldRefused("code.invalid")
    return text


def _id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise FieldRefused("id.invalid", limit=200)
    return text


_Text = Annotated[str, Field(strict=True)]

Name = Annotated[_Text, AfterValidator(refusing(parse_name)), Field(json_schema_extra={"maxLength": LONGEST_NAME})]
Prose = Annotated[_Text, AfterValidator(refusing(parse_prose)), Field(json_schema_extra={"maxLength": LONGEST_PROSE})]
PartialDateText = Annotated[
    _Text,
    AfterValidator(refusing(_value(PartialDate.parse))),
    Field(description="A date known to the day, month or year.", json_schema_extra={"examples": ["2026-03"]}),
]
DayText = Annotated[_Text, AfterValidator(refusing(_value(parse_day))), Field(json_schema_extra={"format": "date"})]
InstantText = Annotated[
    _Text,
    AfterValidator(refusing(_value(_instant))),
    Field(description="An instant with its offset from UTC.", json_schema_extra={"format": "date-time"}),
]
EnterpriseNumberText = Annotated[
    _Text,
    AfterValidator(refusing(_parsed(parse_enterprise_number))),
    Field(description="A Belgian enterprise number; dots, spaces and BE are dropped."),
]
ShareText = Annotated[
    _Text,
    AfterValidator(refusing(_parsed(parse_share))),
    Field(description="A percentage.", json_schema_extra={"examples": ["50.00"]}),
]
DecimalText = Annotated[
    _Text,
    AfterValidator(refusing(_parsed(parse_decimal))),
    Field(description="A decimal figure.", json_schema_extra={"examples": ["12.5"]}),
]
OffsetText = Annotated[
    _Text,
    AfterValidator(refusing(_value(Offset.parse))),
    Field(description="How long before, or with a minus sign after.", json_schema_extra={"examples": ["P30D"]}),
]
Id = Annotated[_Text, AfterValidator(refusing(_id)), Field(json_schema_extra={"maxLength": 200})]
EmailText = Annotated[_Text, AfterValidator(refusing(_email)), Field(json_schema_extra={"format": "email"})]
Code = Annotated[_Text, AfterValidator(refusing(_code)), Field(description="One word in lowerCamelCase.")]


class Body(BaseModel):
    """A request's body: lowerCamelCase, nothing unknown, nothing converted. Choices are Literals, lists are lists."""

    model_config = ConfigDict(  # type: ignore[pydantic-alias]  # bodies come from outside, by model_validate
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
    )
