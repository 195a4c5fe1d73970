"""Reminder policies as lines that people type: on the page and on the command line."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain.refusals import Refused

_SPAN: Final = re.compile(r"(-?-?\d[\d-]*)(?:/(-?-?\d[\d-]*))?", re.ASCII)


def offsets_of(lines: Sequence[str]) -> Mapping[str, list[str]]:
    """`evaluation: P60D, P30D` -> kind and offsets; none after the colon: not reminded of."""
    found = {}
    for line in _told(lines):
        kind, colon, some = line.partition(":")
        if not colon:
            raise Refused("policy.lineInvalid", field="offsets", value=line, like="evaluation: P60D, P30D")
        found[kind.strip()] = [one.strip() for one in some.split(",") if one.strip()]
    return found


def steps_of(lines: Sequence[str]) -> list[dict[str, str]]:
    """`P3D deputy` -> after how long, whom."""
    found = []
    for line in _told(lines):
        after, _, to = line.partition(" ")
        if not to.strip():
            raise Refused("policy.lineInvalid", field="escalation", value=line, like="P3D deputy")
        found.append({"after": after, "to": to.strip()})
    return found


def closed_of(lines: Sequence[str]) -> list[dict[str, str]]:
    """`--07-11 Feestdag`, `--12-26/--12-31 Kerstverlof` -> days and their name."""
    found = []
    for line in _told(lines):
        days, _, name = line.partition(" ")
        span = _SPAN.fullmatch(days)
        if span is None or not name.strip():
            raise Refused("policy.lineInvalid", field="closed", value=line, like="--12-26/--12-31 Kerstverlof")
        first, last = span.groups()
        found.append({"name": name.strip(), "first": first, **({"last": last} if last else {})})
    return found


def offset_lines(offsets: Mapping[str, Sequence[str]] | None) -> list[str]:
    """The other way round."""
    return [f"{kind}: {', '.join(some)}" for kind, some in (offsets or {}).items()]


def step_lines(steps: Sequence[Any] | None) -> list[str]:
    """The other way round."""
    return [f"{step.after} {step.to}" for step in steps or ()]


def closed_lines(closed: Sequence[Any]) -> list[str]:
    """The other way round."""
    return [f"{one.first}{'/' + one.last if one.last else ''} {one.name}" for one in closed]


def _told(lines: Sequence[str]) -> Sequence[str]:
    return [line for one in lines if (line := one.strip())]
