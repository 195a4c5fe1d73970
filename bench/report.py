"""The table that a run writes: the goals first, each with what was reached, then everybody in every group."""

import os
import platform
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from bench.goals import GOALS, Goal, Line, middle

_HEAD = """# Measured

Ratios are taken inside a round, where the contenders ran one after another on the same machine, and the median of the
rounds counts. Rates by themselves say little: disk and cores are shared. `make bench` writes this file.
"""


_NOTED: Final = ("conflicts", "errors", "mib", "sealed", "tiles")


def report(lines: Sequence[Line], about: Sequence[str]) -> str:
    """All of it, as Markdown."""
    rounds = max((line["round"] for line in lines), default=0)
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    told = [
        _HEAD,
        *(f"- {one}" for one in (machine, f"up to {rounds} rounds; the table names each", *about)),
        "",
        "## Goals",
        "",
    ]
    told += ["| work | goal | reached | rounds | verdict |", "|---|---|---|---|---|"]
    told += [_goal(goal, lines) for goal in GOALS]
    groups = dict.fromkeys(line["group"] for line in lines)
    told += chain.from_iterable(_group(group, [line for line in lines if line["group"] == group]) for group in groups)
    return "\n".join(told) + "\n"


def _goal(goal: Goal, lines: Sequence[Line]) -> str:
    ratios = goal.ratios(lines)
    reached = middle(ratios)
    work = f"{goal.group} ({goal.ours})" if goal.measure == "rate" else f"{goal.group} ({goal.ours}): {_named(goal)}"
    if reached is None:
        return f"| {work} | {goal.told} | | | not measured |"
    verdict = "holds" if goal.holds(reached) else "**does not hold**"
    each = ", ".join(_number(ratio) for ratio in ratios)
    return f"| {work} | {goal.told} | {_number(reached)} | {each} | {verdict} |"


def _named(goal: Goal) -> str:
    return {"p99_ms": "p99", "p50_ms": "median", "mib": "resident memory"}.get(goal.measure, goal.measure)


def _group(group: str, lines: Sequence[Line]) -> Sequence[str]:
    base = lines[0]["contender"]
    told = ["", f"## {group}", "", "| contender | rate /s | ratio | p50 ms | p99 ms | |", "|---|---|---|---|---|---|"]
    for contender in dict.fromkeys(line["contender"] for line in lines):
        mine = [line for line in lines if line["contender"] == contender]
        ratio = middle(Goal(group=group, ours=contender, base=base).ratios(lines))
        notes = ", ".join(f"{name} {_median(mine, name)}" for name in _NOTED if _any(mine, name))
        measures = (_median(mine, "rate"), _number(ratio), _median(mine, "p50_ms"), _median(mine, "p99_ms"))
        told.append(f"| {contender} | {' | '.join(measures)} | {notes} |")
    return told


def _median(lines: Sequence[Line], measure: str) -> str:
    return _number(middle([line[measure] for line in lines if line.get(measure) is not None]))


def _any(lines: Sequence[Line], measure: str) -> bool:
    return any(line.get(measure) for line in lines)


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"  # noqa: PLR2004 - three digits tell enough
