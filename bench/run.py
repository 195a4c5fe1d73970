"""`make bench`: limits, peers and Errera one after another, round by round, into one table with ratios.

What is measured is kept as it comes in (`.bench/results.jsonl`), so a run can be interrupted; `--resume` goes on.
Without it, what was measured before in the chosen groups is measured anew, and the other groups keep their results.
"""

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from bench.contenders import GROUPS, Contender, Group
from bench.environment import COPY, BenchError, Environment, postgresql, prepare
from bench.goals import Line
from bench.places import MADE
from bench.report import report

RAW: Final = MADE / "results.jsonl"
TABLE: Final = Path(__file__).parent / "results.md"
_SECONDS_AT_MOST: Final = 900
_LOADS: Final = {group.title for group in GROUPS if group.stage == "load"}
_STAGES: Final = tuple(dict.fromkeys(group.stage for group in GROUPS))


class Results:
    """The lines of all runs that still count, in the order in which they came."""

    def __init__(self) -> None:
        self.lines: list[Line] = [json.loads(line) for line in RAW.read_text().splitlines()] if RAW.exists() else []

    def forget(self, groups: Sequence[Group]) -> None:
        """They are measured anew."""
        titles = {group.title for group in groups}
        self.lines = [line for line in self.lines if line["of"] not in titles]
        RAW.write_text("".join(json.dumps(line) + "\n" for line in self.lines))

    def add(self, told: Sequence[Mapping[str, Any]], group: Group, contender: Contender, number: int) -> None:
        """Keep what a contender told; a line may name another group, contender and round for itself."""
        for one in told:
            named = {"group": group.title, "contender": contender.name, "round": number, **one}
            self.lines.append({**named, "of": group.title, "by": contender.name, "during": number})
            with RAW.open("a") as file:
                file.write(json.dumps(self.lines[-1]) + "\n")

    def has(self, group: Group, contender: Contender, number: int) -> bool:
        """Whether that was measured."""
        key = (group.title, contender.name, number)
        return any((line["of"], line["by"], line["during"]) == key for line in self.lines)


def chosen(only: Sequence[str]) -> Sequence[Group]:
    """The groups of the stages, or with the titles, that were asked for; reading needs what loading wrote."""
    wanted = [one.lower() for one in only] or [""]
    picked = [
        group for group in GROUPS if any(one in (group.stage, "") or one in group.title.lower() for one in wanted)
    ]
    reads = any(group.stage == "read" for group in picked)
    return [group for group in GROUPS if group in picked or (reads and group.stage == "load")]


def turns(groups: Sequence[Group], rounds: int) -> Iterator[tuple[Group, Contender, int]]:
    """Stage by stage, round by round, contender after contender."""
    for stage in _STAGES:
        mine = [group for group in groups if group.stage == stage]
        for number in range(1, rounds + 1):
            for group in mine:
                if not (group.once and number > 1):
                    yield from ((group, contender, number) for contender in group.contenders)


def measure(contender: Contender, environment: Environment, asked: argparse.Namespace) -> Sequence[Mapping[str, Any]]:
    """What it printed; raises BenchError where that is nothing."""
    given = {"{seconds}": f"{asked.seconds:g}", "{n}": str(asked.n), "{rounds}": str(asked.rounds)}
    try:
        done = subprocess.run(
            [given.get(part, part) for part in contender.command],
            cwd=COPY,
            env={**environment.variables},
            capture_output=True,
            text=True,
            timeout=_SECONDS_AT_MOST,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise BenchError(str(error)) from error
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not told:
        if done.returncode == 0:
            return [{}]  # a limit's load says nothing
        raise BenchError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
    return told


def run(asked: argparse.Namespace) -> None:
    """Measure, and write the table; also after an interruption, of what was measured by then."""
    groups = chosen(asked.only)
    environment = prepare()
    results = Results()
    if not asked.resume:
        results.forget(groups)
    missing = environment.missing
    skipped = [f"{name} was left out: {why}" for name, why in missing.items()]
    planned = [turn for turn in turns(groups, asked.rounds) if turn[1].needs not in missing]
    try:
        with postgresql(environment):
            for done, turn in enumerate(planned, 1):
                if not results.has(*turn):
                    told = f"{turn[0].title} · round {turn[2]} · {turn[1].name}"
                    try:
                        measured = measure(turn[1], environment, asked)
                    except BenchError as error:
                        skipped.append(f"{told}: failed: {error}")
                        print(f"[{done}/{len(planned)}] {told}: FAILED: {error}", flush=True)
                        continue
                    results.add(measured, *turn)
                    print(f"[{done}/{len(planned)}] {told}: {_rates(measured)}", flush=True)
    except KeyboardInterrupt:
        print("interrupted; ARGS=--resume goes on", file=sys.stderr)
    finally:
        TABLE.write_text(report([line for line in results.lines if line["of"] not in _LOADS], skipped))
        print(TABLE, flush=True)


def _rates(measured: Sequence[Line]) -> str:
    return ", ".join(f"{line['rate']:,.0f}/s" for line in measured if "rate" in line) or "done"


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Measure what was asked for; SIGTERM interrupts as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _stop)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="WORDS",
        help=f"a stage ({', '.join(_STAGES)}) or a part of a group's title; can be given more than once",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of one measurement")
    parser.add_argument("--n", type=int, default=200_000, help="events in the logs that are read")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    try:
        run(parser.parse_args())
    except BenchError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
