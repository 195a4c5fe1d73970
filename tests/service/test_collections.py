"""A collection read by index holds what folding everything would give; a page of it costs that page."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from domain import agreement as agreements
from domain import cohort as cohorts
from domain import consultation as consultations
from domain import partner as partners
from domain.cohort import NO_MEMBERS
from domain.values import Period
from events.store.port import Append
from events.vault.reading import Reader as VaultReader
from events.vault.reading import reading as vault_reading
from service import finding, read_models
from service.finding import Page, Wanted
from service.house import Errera
from service.queries import Queries
from service.reading import Reading
from tests.acceptance.world import World, open_world
from tests.domain.facts import signed
from tests.events.logs import append, pending
from tests.postgresql import Databases

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAYS = ["2017-01-01", "2017-10-03", "2018-06-30", "2022-01-01", "2026-11-24", "2030-01-01"]
SOMEBODY = VaultReader(actor="system:test")
EVOLVE: dict[str, Callable[[Any, Any], Any]] = {
    "partner": partners.evolve,
    "cohort": cohorts.evolve,
    "agreement": agreements.evolve,
    "consultation": consultations.evolve,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_world(tmp_path_factory.mktemp("collections")) as opened:
        await opened.load("demo.json")
        await corrections(opened)
        yield opened


async def corrections(world: World) -> None:
    """What was wrong in the record is put right, later."""
    client = await world.client()
    for kind, field, value in (
        ("agreements", "signedOn", "2017-11-15"),
        ("cohorts", "runsUntil", "2022-06-30"),
        ("partners", "addedOn", "2018-01-01"),
    ):
        [first, *_] = (await client.get(f"/v1/{kind}")).json()["items"]
        history = (await client.get(f"{first['href']}/history")).json()["items"]
        answer = await client.post(
            f"{first['href']}/corrections",
            json={"position": history[0]["position"], "reason": "misread", "data": {field: value}},
            headers={"If-Match": "*"},
        )
        assert answer.status_code == 201, answer.text
    await world.settled()


async def instants(house: Errera) -> Sequence[datetime | None]:
    """Before, between and after; and now."""
    log = await house.store.read_log(0, 100_000)
    some = [log[len(log) * part // 5].recorded_at for part in range(5)]
    return [None, datetime(2020, 1, 1, tzinfo=UTC), *some, log[-2].recorded_at, log[-1].recorded_at]


async def everything(asked: Queries, category: str) -> dict[str, Any]:
    """Every object there is under a reading, by folding every stream there is."""
    table = read_models.TIMELINES.table()
    async with asked.house.store.database.read() as connection:
        keys = [row.key for row in await connection.execute(table.select()) if row.key.startswith(f"{category}-")]
    states: Mapping[str, tuple[Any, int]] = await asked.reader.states(keys, EVOLVE[category])
    return {one: state for one, (state, _) in states.items()}


async def test_on_any_day_and_at_any_instant_the_index_finds_what_the_fold_makes(world: World) -> None:
    compared = 0
    for known_at in await instants(world.house):
        for text in [None, *DAYS]:
            day = date.fromisoformat(text) if text else date(2026, 11, 24)
            reading = Reading(day=day, asked=text is not None, known_at=known_at)
            with vault_reading(SOMEBODY):
                compared += await compare(Queries(world.house, reading), day)
    assert compared > 1_000


async def compare(asked: Queries, day: date) -> int:
    known = {category: await everything(asked, category) for category in EVOLVE}
    assert {one.view.partner_id for one in await asked.partners()} == known["partner"].keys()
    assert {one.view.cohort_id for one in await asked.cohorts()} == known["cohort"].keys()
    assert {one.view.consultation_id for one in await asked.consultations()} == known["consultation"].keys()
    assert {one.view.agreement_id for one in await asked.agreements()} == known["agreement"].keys()
    for status in agreements.Status:
        found = {one.view.agreement_id for one in await asked.agreements(status=status)}
        assert found == {one for one, state in known["agreement"].items() if agreements.status(state, day) == status}
    counted = Counter((state.cohort_id, agreements.status(state, day)) for state in known["agreement"].values())
    assert await asked.agreement_counts() == counted
    for year in (2018, 2022):
        found = {one.view.agreement_id for one in await asked.agreements(year=year)}
        periods = {
            one: Period(state.period.runs_from, state.period.runs_until) for one, state in known["agreement"].items()
        }
        assert found == {one for one, period in periods.items() if year in period.years}
    for consultation_status in consultations.Status:
        found = {one.view.consultation_id for one in await asked.consultations(status=consultation_status)}
        expected = known["consultation"].items()
        assert found == {one for one, state in expected if consultations.status(state) == consultation_status}
    for cohort_id in known["cohort"]:
        found = {one.view.agreement_id for one in await asked.agreements(cohort_id=cohort_id)}
        assert found == {one for one, state in known["agreement"].items() if state.cohort_id == cohort_id}
        await compare_members(asked, cohort_id, known)
    return sum(len(states) for states in known.values())


async def compare_members(asked: Queries, cohort_id: str, known: dict[str, dict[str, Any]]) -> None:
    stream = await asked.reader.stream(f"membership-{cohort_id}")
    members = stream.state(NO_MEMBERS, cohorts.evolve_members).agreements
    found = {one.view.partner_id for one in await asked.partners(cohort_id=cohort_id)}
    assert found == members.keys() & known["partner"].keys()
    for partner_id in [*members][:3]:
        assert cohort_id in {one.view.cohort_id for one in await asked.cohorts(partner_id=partner_id)}
        alone = Queries(asked.house, asked.reading, partners=frozenset({partner_id}))
        assert cohort_id in {one.view.cohort_id for one in await alone.cohorts()}
        own = {one.view.agreement_id for one in await alone.agreements()}
        assert own == {one for one, state in known["agreement"].items() if state.partner_id == partner_id}


async def test_pages_come_one_after_another_and_the_total_counts_all(world: World) -> None:
    asked = Queries(world.house, Reading(day=date(2019, 6, 30), asked=True))
    with vault_reading(SOMEBODY):
        whole = await asked.agreements()
        pages = [await asked.agreements(page=Page(start, 5)) for start in range(0, whole.total, 5)]
    assert [one.view.agreement_id for page in pages for one in page] == [one.view.agreement_id for one in whole]
    assert {page.total for page in pages} == {len(whole)}


async def test_a_page_reads_the_streams_of_that_page_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_world(tmp_path / "many") as world:
        many = [
            pending(f"agreement-a{number}", 1, signed(agreement_id=f"a{number}", partner_id="agoria"))
            for number in range(300)
        ]
        wanted: Append = append(*many, command_id="many")
        await world.house.store.append(wanted)
        await world.settled()
        read: list[str] = []
        reads = world.house.store.read_streams

        async def counting(streams: Any) -> Any:
            read.extend(streams)
            return await reads(streams)

        monkeypatch.setattr(world.house.store, "read_streams", counting)
        asked = Queries(world.house, Reading(day=date(2019, 6, 30), asked=True))
        page = await asked.agreements(page=Page(200, 20))
        assert (len(page), page.total) == (20, 300)
        assert len([stream for stream in read if stream.startswith("agreement-")]) == 20


@pytest.mark.parametrize("known_at", [None, datetime(2030, 1, 1, tzinfo=UTC)])
async def test_a_page_is_found_by_walking_an_index_in_its_order(world: World, known_at: datetime | None) -> None:
    reading = Reading(day=date(2019, 6, 30), asked=True, known_at=known_at)
    table = read_models.TIMELINES.entry_table()
    conditions = finding._conditions(table.c, reading, Wanted(category="agreement", statuses=["inForce"]))
    page = sa.select(table.c.key).where(*conditions).order_by(table.c.first_position).limit(100)
    async with world.house.store.database.read() as connection:
        text = str(page.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
        steps = [str(row.detail) for row in plan]
    [step] = steps
    assert "USING INDEX ix_timelines_v1_entries_category_" in step, "no sorting"


@pytest.mark.postgresql
@pytest.mark.asyncio(loop_scope="function")
async def test_on_postgresql_too(postgresql_server: Databases, tmp_path: Path) -> None:
    url = await postgresql_server.fresh_database()
    async with open_world(tmp_path / "data", url=url) as opened:
        await opened.load("second-programme.json")
        for known_at in (None, (await opened.house.store.head()).recorded_at):
            for day in (date(2019, 6, 30), date(2026, 11, 24)):
                asked = Queries(opened.house, Reading(day=day, asked=True, known_at=known_at))
                with vault_reading(SOMEBODY):
                    await compare(asked, day)
                    assert len(await asked.partners(page=Page(0, 3))) == min(3, (await asked.partners()).total)
    await postgresql_server.drop_database(url)
