"""Pages of a register with many agreements: each costs what it shows, on any day, as known at any instant."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any

import pytest
import pytest_asyncio

from events.store.port import Append
from service.web.paging import SIZE
from tests.acceptance.world import World, open_world
from tests.domain.facts import added, opened, signed, terms_followed
from tests.events.logs import append, pending
from tests.service.pages_house import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

OVER, RUNNING = 230, 20
"""Agreements whose term ended in 2021, and some that run until 2030."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_world(tmp_path_factory.mktemp("many")) as opened_world:
        cohorts = {"old": ("2017", "2021-12-31"), "new": ("2022-01-01", "2030-12-31")}
        happened = [
            pending(f"cohort-{one}", 1, opened(cohort_id=one, name=one, runs_from=begin, runs_until=end))
            for one, (begin, end) in cohorts.items()
        ]
        for number in range(OVER + RUNNING):
            cohort = "old" if number < OVER else "new"
            begin, end = cohorts[cohort]
            agreement, partner = f"a{number:03}", f"p{number:03}"
            of: dict[str, Any] = {"agreement_id": agreement, "runs_from": begin, "runs_until": end}
            on = "2017-10-03" if cohort == "old" else "2022-01-03"
            happened += [
                pending(f"partner-{partner}", 1, added(partner_id=partner, name=f"Kring {999 - number}")),
                pending(f"agreement-{agreement}", 1, signed(**of, cohort_id=cohort, partner_id=partner, signed_on=on)),
                pending(f"agreement-{agreement}", 2, terms_followed(**of, evaluation="yearly")),
            ]
        wanted: Append = append(*happened, command_id="many")
        await opened_world.house.store.append(wanted)
        await opened_world.settled()
        yield opened_world


async def reads_of(world: World, call: Callable[[], Awaitable[Any]], kind: str) -> tuple[Any, Collection[str]]:
    """What a call answers, and the streams of a kind that it read."""
    read: set[str] = set()
    reads = world.house.store.read_streams

    async def noted(streams: Any) -> Mapping[str, Any]:
        wanted = list(streams)
        read.update(one for one in wanted if one.startswith(f"{kind}-"))
        return await reads(wanted)

    world.house.store.read_streams = noted  # type: ignore[method-assign]
    try:
        return await call(), read
    finally:
        world.house.store.read_streams = reads  # type: ignore[method-assign]


async def shown(world: World, address: str, kind: str) -> tuple[Page, Collection[str]]:
    client = await world.client()
    answer, read = await reads_of(world, lambda: client.get(address), kind)
    assert answer.status_code == 200, answer.text
    page = Page.read(answer.text)
    assert page.faults() == []
    return page, read


@pytest.mark.parametrize("kind", ["agreement", "partner"])
@pytest.mark.parametrize("reading", ["", "asOf=2024-06-30&", "knownAt=2100-01-01&"])
async def test_a_list_is_shown_page_by_page_and_reads_only_that_page(world: World, kind: str, reading: str) -> None:
    found: list[str] = []
    for number in (1, 2, 3):
        page, read = await shown(world, f"/{kind}s?{reading}page={number}&lang=en", kind)
        links = [one.partition("?")[0].rpartition("/")[2] for one in page.links if one.startswith(f"/{kind}s/")]
        assert (len(links), len(read) <= SIZE) == (min(SIZE, OVER + RUNNING - len(found)), True)
        found += links
        assert f"{OVER + RUNNING} {kind}s" in page.words
        assert f"Page {number} of 3" in page.words
        onward = [one for one in page.links if f"page={number + 1}" in one and one.startswith(f"/{kind}s?")]
        assert len([one for one in onward if "lang=" not in one]) == (number < 3)
        assert all(reading.strip("&").partition("=")[0] in one for one in onward)
    assert found == sorted(found), "as the register learned of them"
    assert len(set(found)) == OVER + RUNNING


@pytest.mark.parametrize("told", ["0", "x", "-1", "99999999999999999999"])
async def test_a_page_that_is_none_is_the_first(world: World, told: str) -> None:
    page, _ = await shown(world, f"/agreements?page={told}&lang=en", "agreement")
    assert "Page 1 of 3" in page.words


async def test_a_list_that_is_chosen_from_keeps_the_choice_on_its_next_page(world: World) -> None:
    page, read = await shown(world, "/agreements?cohortId=old&status=expired&lang=en", "agreement")
    [following] = [one for one in page.links if "page=2" in one and "lang=" not in one]
    assert ("cohortId=old" in following, "status=expired" in following, len(read)) == (True, True, SIZE)
    names = [one for one in (await shown(world, "/agreements?cohortId=new", "agreement"))[0].text if "Kring" in one]
    assert names == sorted(names), "by name where all of it is on the page"


async def test_the_overview_counts_all_and_reads_what_runs(world: World) -> None:
    page, read = await shown(world, "/?lang=en", "agreement")
    assert f"{OVER} expired" in page.words.replace("agreements ", "")
    assert f"{RUNNING} in force" in page.words.replace("agreements ", "")
    assert read == {f"agreement-a{number:03}" for number in range(OVER, OVER + RUNNING)}
    then, read = await shown(world, "/?lang=en&asOf=2019-06-30", "agreement")
    assert f"{OVER} in force" in then.words.replace("agreements ", "")
    assert len(read) == OVER, "on that day these were to be evaluated"
    early, read = await shown(world, "/?lang=en&knownAt=2020-01-01", "agreement")
    assert ("in force" in early.words, read) == (False, set())


async def test_the_agenda_reads_what_there_is_to_do_and_the_rest_where_it_is_asked_for(world: World) -> None:
    page, read = await shown(world, "/agenda?lang=en", "agreement")
    assert len(read) == RUNNING
    [earlier] = [one for one in page.links if "earlier=yes" in one]
    whole, read = await shown(world, earlier, "agreement")
    assert len(read) == OVER + RUNNING
    assert len(whole.words) > len(page.words)
