"""The pages as a person sees them, in a real browser: light and dark, on a desk and on a telephone."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from service.app import create_app, running
from service.house import open_house
from service.settings import Settings
from tests.service.pages_house import fill
from tests.system import chromium_arguments

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("pages")]

OVERLAPS = """() => {
  const texts = [...document.querySelectorAll('svg.life text')]
    .map(one => [one.textContent, one.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
  const found = [];
  texts.forEach(([a, x], i) => texts.slice(i + 1).forEach(([b, y]) => {
    if (x.left < y.right - 1 && y.left < x.right - 1 && x.top < y.bottom - 3 && y.top < x.bottom - 3) found.push([a, b]);
  }));
  return {seen: texts.length, found, outside: texts.filter(([, box]) => box.left < 0 || box.right > innerWidth).map(([a]) => a)};
}"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("browser"), "demo.json", "second-programme.json")


@pytest_asyncio.fixture
async def site(filled: Path) -> AsyncIterator[tuple[str, str]]:
    """The address of the running service, and a programme manager's token."""
    async with open_house(Settings(data_dir=filled)) as house:
        app = create_app(house)
        async with running(house, app):
            token, _ = await house.tokens.create("programmeManager")
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                port = listening.getsockname()[1]
                server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
                serving = asyncio.create_task(server.serve([listening]))
                while not server.started:  # noqa: ASYNC110 - uvicorn offers no event for it
                    await asyncio.sleep(0.02)
                yield f"http://127.0.0.1:{port}", token
                server.should_exit = True
                await serving


@pytest_asyncio.fixture
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=chromium_arguments())
        yield launched
        await launched.close()


@contextlib.asynccontextmanager
async def signed_in(browser: Browser, site: tuple[str, str], **options: Any) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page after signing in by hand, and what the browser complains about."""
    base, token = site
    context = await browser.new_context(base_url=base, **options)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto("/agenda")
    await page.get_by_label("Toegangstoken").fill(token)
    await page.get_by_role("button", name="Aanmelden").click()
    await page.wait_for_url("**/agenda")
    yield page, complaints
    await context.close()


async def addresses(page: Page) -> list[str]:
    found = ["/", "/partners", "/agreements", "/agenda", "/reminders", "/agenda?asOf=2019-02-28", "/?asOf=2016-01-01"]
    for collection in ("/", "/partners", "/agreements"):
        await page.goto(collection)
        links = await page.eval_on_selector_all("main a", "all => all.map(one => one.getAttribute('href'))")
        ours = [one for one in links if one.startswith(("/cohorts/", "/partners/", "/agreements/"))]
        found += list(dict.fromkeys(ours))[:: 12 if collection != "/" else 1]
    agreements = [one for one in found if one.startswith("/agreements/")]
    found += ["/events", "/events?category=agreement", "/events/1", "/events/40", "/knowledge"]
    found += ["/knowledge?from=2020-01-01T00:00", f"{agreements[0].partition('?')[0]}/history"]
    return [
        *found,
        *(f"{one}?asOf={day}" for one in agreements[:2] for day in ("2018-06-01", "2026-12-31")),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "is_mobile": True},
    ],
    ids=["light", "dark", "telephone"],
)
async def test_the_pages_fit_their_window_and_break_no_rule_of_the_browser(
    browser: Browser, site: tuple[str, str], options: dict[str, Any]
) -> None:
    async with signed_in(browser, site, **options) as (page, complaints):
        words = 0
        for path in await addresses(page):
            answer = await page.goto(path)
            assert answer is not None
            if answer.status == 404 and "asOf" in path:
                complaints.clear()  # not signed on that day: the browser tells its console so
                continue
            assert answer.status == 200, path
            assert await page.evaluate(SIDEWAYS) == 0, path
            labels = await page.evaluate(OVERLAPS)
            assert labels["found"] == [], path
            assert labels["outside"] == [], path
            words += labels["seen"]
            await page.eval_on_selector_all("main details", "all => all.forEach(one => { one.open = true })")
            assert await page.evaluate(SIDEWAYS) == 0, f"{path}, unfolded"
            assert complaints == [], path
        assert words > 20


async def test_the_keyboard_reaches_the_content_and_the_menu(browser: Browser, site: tuple[str, str]) -> None:
    async with signed_in(browser, site) as (page, _):
        await page.goto("/")
        reached = []
        for _ in range(8):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("() => document.activeElement.textContent.trim()"))
            outline = await page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", reached[-1]
        assert reached[0] == "Naar de inhoud"
        assert {"Overzicht", "Overeenkomsten", "Partners", "Agenda", "Herinneringen"} <= set(reached)
        await page.goto("/")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("() => document.activeElement.id") == "content"


async def test_another_day_is_chosen_in_the_form_and_kept(browser: Browser, site: tuple[str, str]) -> None:
    async with signed_in(browser, site) as (page, _):
        await page.goto("/agenda")
        await page.get_by_text("Andere dag").click()
        await page.get_by_label("Stand op").fill("2019-02-28")
        await page.get_by_role("button", name="Toon").click()
        assert "U ziet de stand op 28 februari 2019." in await page.inner_text("main")
        await page.get_by_role("link", name="Overzicht", exact=True).click()
        assert "asOf=2019-02-28" in page.url
        await page.get_by_role("link", name="English").click()
        assert "You see 28 February 2019." in await page.inner_text("main")
        await page.get_by_role("button", name="Sign out").click()
        assert "Sign in" in await page.inner_text("h1")
