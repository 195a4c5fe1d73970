"""A tick costs what is due, not what exists: it looks only where something can have come due since the last."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa

from domain.policy import USUAL_OFFSETS
from domain.windows import Window
from events.catalogue.agreement import AgreementCommenced
from events.catalogue.consultation import ConsultationPlanned
from events.envelope import Recorded
from schedulers import due as due_module
from schedulers import lookout
from schedulers.due import Due
from schedulers.lookout import Offsets
from service import read_models
from tests.domain import facts
from tests.schedulers.registers import BRUSSELS, Register, brussels, own_offsets
from tests.spec import made

MANY: Final = 2000
A_TICK: Final = timedelta(seconds=5)


@contextmanager
def looked_at(register: Register) -> Iterator[set[str]]:
    """The subjects that are read."""
    store, found = register.store, set[str]()
    read_streams = store.read_streams

    async def noted(streams: Iterable[str]) -> Mapping[str, Sequence[Recorded[Any]]]:
        wanted = list(streams)
        found.update(one for one in wanted if one.startswith(("agreement-", "consultation-", "cohort-")))
        return await read_streams(wanted)

    store.read_streams = noted  # type: ignore[method-assign]
    try:
        yield found
    finally:
        store.read_streams = read_streams  # type: ignore[method-assign]


async def many_open(register: Register) -> None:
    """Agreements in force that end in 2028, and as many moments in 2028; of none is anything due in 2026."""
    register.at("2026-11-22 12:00")
    await register.cohort()
    for start in range(0, MANY // 2, 250):
        happened: list[tuple[str, Any]] = []
        for number in range(start, start + 250):
            ids = {"agreement_id": f"a{number}", "partner_id": f"p{number}"}
            day = f"{1 + number % 12:02}-{1 + number % 28:02}"
            term = {"signed_on": "2025-01-01", "runs_from": "2025-01-01", "runs_until": f"2028-{day}"}
            starts_at = f"2028-{day}T{8 + number % 9:02}:00:00Z"
            commenced = made(AgreementCommenced, cohort_id="c1", commenced_on="2025-01-01", **ids)
            planned = facts.planned(consultation_id=f"n{number}", year=2028, starts_at=starts_at, planned_on=None)
            happened += [
                (f"agreement-a{number}", facts.signed(**term, **ids)),
                (f"milestone-a{number}", commenced),
                (f"consultation-n{number}", planned),
            ]
        await register.happen_together(happened)


async def test_a_tick_reads_what_is_due_and_not_what_is_open(register: Register) -> None:
    await many_open(register)
    for number in range(3):
        await register.moment(f"m{number}", starts_at="2027-01-20T10:00:00+01:00", ordinal=number + 1)
    with looked_at(register) as subjects:
        await register.tick()
    assert len(subjects) > MANY // 2, "the first tick looks at all that an offset can reach"
    for at, due in (
        ("2026-11-22 12:05", 0),
        ("2026-11-23 00:00", 0),  # a day begins
        ("2026-12-20 23:59", 0),
        ("2026-12-21 10:00", 3),
        ("2026-12-21 10:01", 0),
    ):
        instant = register.at(at)
        register.at(instant - A_TICK)
        await register.tick()
        await register.tick()  # nothing is new either
        register.at(instant)
        with looked_at(register) as subjects:
            assert await register.tick() == due, at
        assert {one for one in subjects if not one.startswith("cohort-")} == {f"consultation-m{n}" for n in range(due)}


async def test_a_tick_reads_what_was_recorded_and_what_a_corrected_policy_touches(register: Register) -> None:
    await many_open(register)
    opened = await register.cohort("c2")
    await register.agreement("b1", cohort_id="c2", partner_id="b", runs_until="2028-06-30")
    await register.moment("b2", cohort_id="c2", planned_on="2027-06-30")
    await register.tick()
    await register.tick()
    await register.move("n7", starts_at="2028-02-03T10:00:00+01:00")
    with looked_at(register) as subjects:
        assert await register.tick() == 0
    assert subjects == {"consultation-n7", "cohort-c1"}
    terms = own_offsets(consultation=("P365D",))
    corrected = facts.opened(cohort_id="c2", runs_from="2025-01-01", runs_until="2032-12-31", terms=terms)
    await register.correct("cohort-c2", opened, corrected)
    with looked_at(register) as subjects:
        assert await register.tick() == 1
    assert subjects >= {"cohort-c2", "agreement-b1", "consultation-b2"}
    assert len(subjects) <= 5


async def test_what_could_not_be_done_is_tried_again_until_it_is(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many_open(register)
    await register.moment("m1", planned_on="2026-12-01")
    await register.follow()
    append = due_module._append

    async def fails(*_asked: Any) -> int:
        raise ZeroDivisionError

    for _ in range(3):
        monkeypatch.setattr(due_module, "_append", fails)
        assert await register.tick() == 0
    monkeypatch.setattr(due_module, "_append", append)
    with looked_at(register) as subjects:
        assert await register.tick() == 1
    assert subjects == {"consultation-m1", "cohort-c1"}


async def test_a_clock_that_goes_back_makes_nothing_escape(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P3D",)))
    register.at("2027-03-16 12:00")
    await register.tick()
    register.at("2027-03-01 12:00")
    await register.moment("m1", planned_on="2027-03-10")
    await register.tick()
    register.at("2027-03-07 00:00")
    assert await register.tick() == 1


async def test_now_and_then_everything_is_looked_at(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the lookout ever overlook something, a day later it is raised all the same."""
    models = (read_models.AGENDA, read_models.REMINDERS, read_models.POLICIES, read_models.OF_COHORTS)
    due = Due(register.store, register.projector, *models, BRUSSELS)
    monkeypatch.setattr(lookout, "in_window", lambda *_asked: [])  # the broken one
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P3D",)))
    await register.moment(planned_on="2026-11-26")
    await register.tick(due)
    register.at("2026-11-23 11:59")
    assert await register.tick(due) == 0
    register.at("2026-11-23 12:00")
    assert await register.tick(due) == 1


async def test_an_event_that_cannot_be_read_holds_no_reminder_up(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P3D",)))
    await register.moment(planned_on="2026-11-26")
    await register.tick()

    async def fails(*_asked: Any, **_more: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(register.store, "read_log", fails)
    register.at("2026-11-23 00:00")
    assert await register.tick() == 1


# The queries


async def spread(register: Register, count: int) -> None:
    """Agreements evaluated until different years, and moments at an hour, on different days."""
    register.at("2026-11-22 12:00")
    await register.cohort()
    happened: list[tuple[str, Any]] = []
    for number in range(count):
        year = 2030 + number % 50
        signed = facts.signed(
            agreement_id=f"a{number}", partner_id=f"p{number}", signed_on=f"{year}", runs_from=f"{year}-01-01",
            runs_until=f"{year + 1}-{1 + number % 12:02}-{1 + number % 28:02}", evaluation="yearly",
        )  # fmt: skip
        begins = datetime(2027, 1, 1, 9, tzinfo=UTC) + timedelta(hours=number)
        planned = made(
            ConsultationPlanned, consultation_id=f"m{number}", cohort_id="c1", year=begins.year, ordinal=number + 1,
            starts_at=begins.isoformat(),
        )  # fmt: skip
        happened += [(f"agreement-a{number}", signed), (f"consultation-m{number}", planned)]
    await register.happen_together(happened)
    await register.follow()
    async with register.database.write() as connection:
        await connection.execute(sa.text("ANALYZE"))


async def plan(register: Register, query: Any) -> str:
    words = "EXPLAIN QUERY PLAN " if register.database.sqlite else "EXPLAIN "
    async with register.database.read() as connection:
        said = query.compile(connection.sync_connection.engine, compile_kwargs={"literal_binds": True})  # type: ignore[union-attr]
        return "\n".join(str(row) for row in await connection.execute(sa.text(words + str(said))))


async def test_every_query_of_a_tick_uses_its_index(either: Register) -> None:
    await spread(either, 3000)
    agenda = read_models.AGENDA.table()
    usual: Offsets = {kind: frozenset(offsets) for kind, offsets in USUAL_OFFSETS.items()}
    year_turns = Window(brussels("2030-12-30 23:59"), brussels("2030-12-31 00:01"), BRUSSELS)
    queries = lookout.in_window(agenda, year_turns, lookout.Told(usual), date(2030, 12, 31))
    assert len(queries) > 20
    for query in [*queries, either.due.milestones_due(date(2026, 11, 22))]:
        said = await plan(either, query)
        indexes = [f"ix_agenda_v2_{one.name}" for one in agenda.columns if f"{one.name} " in str(query.whereclause)]
        assert any(index in said for index in indexes), said
        assert "Seq Scan" not in said
        assert "SCAN" not in said


async def test_one_round_trip_asks_for_all_of_them(either: Register) -> None:
    await spread(either, 10)
    asked: list[str] = []
    await either.tick()
    either.at("2026-11-22 12:05")

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    sa.event.listen(either.database._reader.sync_engine, "before_cursor_execute", note)
    await either.due.tick()
    sa.event.remove(either.database._reader.sync_engine, "before_cursor_execute", note)
    assert len([one for one in asked if "starts_at BETWEEN" in one]) == 1
