"""The pages, in process: each of them, in both languages, for every role."""

import re
import string
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from service.web import rendering
from service.web.links import local
from service.web.overview import STATUSES
from service.web.words import WORDS
from tests.service.pages_house import Visitor, fill, visiting

pytestmark = pytest.mark.xdist_group("pages")

LISTS = ("/", "/agreements", "/partners", "/agenda", "/reminders")
LARGEST = 32_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("pages"), "demo.json", "second-programme.json")


@pytest_asyncio.fixture
async def visitor(filled: Path) -> AsyncIterator[Visitor]:
    async with visiting(filled) as found:
        yield found


async def addresses(visitor: Visitor, every: int = 1) -> list[str]:
    """The address of each page, or of every so many partners and agreements."""
    cohorts = [one["cohortId"] for one in await visitor.items("/v1/cohorts")]
    partners = [one["partnerId"] for one in await visitor.items("/v1/partners")][::every]
    agreements = [one["agreementId"] for one in await visitor.items("/v1/agreements")][::every]
    return [
        *LISTS,
        "/claims",
        "/dossiers",
        "/calendars",
        *(f"/cohorts/{one}{part}" for one in cohorts for part in ("", "/history", "/claims")),
        *(f"/partners/{one}{part}" for one in partners for part in ("", "/history")),
        *(f"/agreements/{one}{part}" for one in agreements for part in ("", "/history")),
    ]


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_every_page_is_well_formed_and_light_and_speaks_one_language(visitor: Visitor, language: str) -> None:
    await visitor.as_role("programmeManager")
    visitor.client.cookies.set("errera_language", language)
    for path in await addresses(visitor, 1 if language == "nl" else 5):
        page = await visitor.get(path)
        assert page.faults() == [], path
        assert len(page.source.encode()) < LARGEST or path.endswith(("/history", "/claims")), path
        assert page.all("html")[0]["lang"] == language
        assert not re.search(
            r"\b(?:{})\.[a-z]\w+\b".format("|".join({key.split(".")[0] for key in WORDS if "." in key})), page.words
        ), path
        assert "{" not in page.words, path
        other = "Afmelden" if language == "en" else "Sign out"
        assert other not in page.words


@pytest.mark.parametrize(
    "query", ["asOf=2016-01-01", "asOf=2017-12-31", "asOf=2019-02-28", "asOf=2021-12-01", "asOf=2031-01-01"]
)
async def test_every_page_reads_on_another_day_or_says_that_there_is_nothing(visitor: Visitor, query: str) -> None:
    await visitor.as_role("auditor")
    for path in await addresses(visitor, 9):
        answer = await visitor.client.get(f"{path}?{query}")
        assert answer.status_code in ({200} if path in LISTS else {200, 404}), (path, answer.text[-300:])
        assert f"asOf={query[5:]}" in answer.text or answer.status_code == 404


async def test_a_day_before_anything_is_said_to_be_so(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    page = await visitor.get("/?asOf=2016-01-01")
    assert "Op 1 januari 2016 bestond er niets waarvan het register weet" in page.words
    assert "3 oktober 2017" in page.words


async def test_before_the_register_nothing_was_known(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    for path in LISTS:
        page = await visitor.get(f"{path}?knownAt=2020-01-01T00:00")
        assert "Op het gekozen tijdstip wist het nog niets" in page.words, path
    [one, *_] = await visitor.items("/v1/agreements")
    page = await visitor.get(f"/agreements/{one['agreementId']}?knownAt=2020-01-01", 404)
    assert "leerde zijn eerste gebeurtenis op" in page.words


@pytest.mark.parametrize(
    "query",
    ["asOf=2019-02-31", "asOf=2019-02", "asOf=gisteren", "knownAt=2019", "knownAt=2019-13-01T10:00", "asOf=0001-01-01"],
)
async def test_a_date_that_cannot_be_is_refused_in_words(visitor: Visitor, query: str) -> None:
    await visitor.as_role("programmeManager")
    page = await visitor.get(f"/agenda?{query}", 400)
    assert query.partition("=")[2] in page.words
    assert page.faults() == []
    assert not [link for link in page.links if query in link and "lang=" not in link]


async def test_the_day_and_the_instant_stay_in_the_links(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    page = await visitor.get("/agreements?status=inForce&asOf=2023-06-01&knownAt=2030-01-01T10:00")
    ours = [one for one in page.links if one.startswith("/") and not one.startswith(("/?lang", "/agreements?lang"))]
    kept = [one for one in ours if "asOf=2023-06-01" in one and "knownAt=2030-01-01T10%3A00" in one]
    assert len(kept) >= len(ours) - 2  # the way back to today, and the other language, which keeps them after its own
    assert "stand op 1 juni 2023" in page.words


async def test_what_is_not_known_is_said(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    page = await visitor.get("/")
    assert "In welke maanden er overlegd wordt, is niet bekend." in page.words
    assert "Of en wanneer er geëvalueerd wordt, is niet bekend" in page.words
    partners = await visitor.items("/v1/partners")
    renamed = next(one for one in partners if one.get("nameEffectiveOnKind") == "by")
    page = await visitor.get(f"/partners/{renamed['partnerId']}")
    assert "Ten laatste op 26 november 2021" in page.words
    running = next(one for one in await visitor.items("/v1/agreements?status=inForce") if not one["certain"])
    assert "De stand is onzeker" in (await visitor.get(f"/agreements/{running['agreementId']}")).words


async def test_the_agenda_tells_apart_what_is_overdue_and_what_the_register_cannot_know(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    page = await visitor.get("/agenda")
    assert "Van vóór het register" in page.words
    assert "1e overlegmoment van 2019" in page.words.partition("Van vóór het register")[2]
    page = await visitor.get("/agenda?asOf=2019-02-28")
    assert "Van vóór het register" not in page.words
    assert "maart 2019 over 1 dagen" not in page.words
    assert "1e overlegmoment van 2019: dag van het overlegmoment vastleggen" in page.words


@pytest.mark.parametrize("status", STATUSES)
async def test_agreements_are_chosen_by_status_and_cohort(visitor: Visitor, status: str) -> None:
    await visitor.as_role("programmeManager")
    for cohort in await visitor.items("/v1/cohorts"):
        query = f"status={status}&cohortId={cohort['cohortId']}"
        expected = len(await visitor.items(f"/v1/agreements?{query}"))
        page = await visitor.get(f"/agreements?{query}")
        assert len([one for one in page.links if one.startswith("/agreements/")]) == expected


async def test_a_partner_sees_its_own_and_nothing_else(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    partners = await visitor.items("/v1/partners")
    own = next(one for one in partners if one["name"] == "Agoria")
    others = [one for one in partners if one is not own]
    pages = await addresses(visitor, 3)
    everyone = await visitor.items("/v1/agreements")
    await visitor.as_role("partner", partner_id=own["partnerId"])
    seen = 0
    for path in pages:
        answer = await visitor.client.get(path)
        assert answer.status_code in {200, 403, 404}, path
        if answer.status_code == 200:
            seen += 1
            leaked = [
                one["name"] for one in others if re.search(rf">[^<]*\b{re.escape(one['name'])}\b[^<]*<", answer.text)
            ]
            told = [name for name in leaked if name not in _sources(answer.text)]
            assert told == [], path
    assert seen >= len(LISTS) + 2
    foreign = next(one for one in everyone if one["partnerId"] != own["partnerId"])
    page = await visitor.get(f"/agreements/{foreign['agreementId']}", 404)
    assert foreign["partnerName"] not in page.words


def _sources(text: str) -> str:
    """The titles of sources may name anyone: they are public documents."""
    return " ".join(re.findall(r"Bron: [^<]*", text))


async def test_an_administrator_sees_no_agreements(visitor: Visitor) -> None:
    await visitor.as_role("administrator")
    for path in LISTS:
        page = await visitor.get(path, 403)
        assert "De rol beheerder ziet deze pagina niet" in page.words
        assert page.faults() == []


async def test_a_client_sees_what_its_scopes_say(visitor: Visitor) -> None:
    await visitor.as_role("client", scopes=["agreements:read"])
    page = await visitor.get("/agreements")
    assert not {"/partners", "/agenda", "/reminders"} & set(page.links)
    await visitor.get("/partners", 403)
    await visitor.get("/")


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(visitor: Visitor) -> None:
    for path in (*LISTS, "/agreements?status=inForce&asOf=2019-01-01", "/partners/x"):
        answer = await visitor.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")
    assert (await visitor.client.get("/agreements?status=inForce")).headers["location"] == (
        "/login?next=%2Fagreements%3Fstatus%3DinForce"
    )


async def test_signing_in_and_out(visitor: Visitor) -> None:
    token, _ = await visitor.house.tokens.create("programmeManager")
    wrong = await visitor.client.post("/login", data={"token": "errera_x", "next": "/agenda"})
    assert wrong.status_code == 401
    assert "onbekend of ingetrokken" in wrong.text
    assert "errera_x" not in wrong.text
    assert "set-cookie" not in wrong.headers
    right = await visitor.client.post("/login", data={"token": f" {token}\n", "next": "/agenda?asOf=2019-02-28"})
    assert (right.status_code, right.headers["location"]) == (303, "/agenda?asOf=2019-02-28")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    await visitor.get("/agenda")
    assert (await visitor.client.get("/v1/agreements")).status_code == 401  # the cookie opens pages, not the API
    out = await visitor.client.post("/logout")
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert (await visitor.client.get("/agenda")).status_code == 303


async def test_over_https_the_cookie_is_secure(visitor: Visitor) -> None:
    token, _ = await visitor.house.tokens.create("programmeManager")
    answer = await visitor.client.post("https://errera.test/login", data={"token": token})
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_revoked_token_signs_out(visitor: Visitor) -> None:
    token, record = await visitor.house.tokens.create("programmeManager")
    visitor.client.cookies.set("errera_token", token)
    await visitor.get("/")
    await visitor.house.tokens.revoke(record.token_id)
    assert (await visitor.client.get("/")).status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "//evil.test",
        "https://evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "javascript:alert(1)",
        "evil",
        "/a\nb",
        "/\t/evil.test",
        "",
        None,
    ],
)
def test_signing_in_leads_only_to_our_own_pages(target: str | None) -> None:
    assert local(target) == "/"


def test_signing_in_leads_back() -> None:
    assert local("/agreements?status=inForce&asOf=2019-01-01") == "/agreements?status=inForce&asOf=2019-01-01"


async def test_the_other_language_is_kept(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    assert "Overzicht" in (await visitor.get("/")).words
    page = await visitor.get("/agenda?lang=en&asOf=2019-02-28")
    assert "as you see" not in page.words
    assert "The next twelve months" in page.words
    assert "Overview" in (await visitor.get("/")).words
    await visitor.get("/?lang=fr")


async def test_an_unknown_address_is_a_page_outside_the_api_only(visitor: Visitor) -> None:
    page = await visitor.get("/nergens", 404)
    assert page.faults() == []
    api = await visitor.client.get("/v1/nergens")
    assert api.headers["content-type"] == "application/problem+json"
    posted = await visitor.client.post("/agreements")
    assert posted.status_code == 405
    assert posted.headers["content-type"].startswith("text/html")
    documented = (await visitor.client.get("/openapi.json")).json()["paths"]
    assert not [path for path in documented if not path.startswith(("/v1", "/health", "/metrics", "/openapi"))]


async def test_a_failure_of_ours_is_a_page_that_tells_nothing(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("sleutel-4711")

    monkeypatch.setattr("service.web.agenda.duties", fail)
    await visitor.as_role("programmeManager")
    page = await visitor.get("/agenda", 500)
    assert "sleutel-4711" not in page.source
    assert "Er ging iets mis bij ons" in page.words


async def test_names_are_shown_as_text(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    evil = "<script>alert(1)</script> & Co"
    made = await visitor.client.post("/v1/partners", json={"name": evil})
    assert made.status_code == 201, made.text
    page = await visitor.get(f"/partners/{made.json()['partnerId']}")
    assert evil in page.words
    assert page.all("script") == []


async def test_the_style_sheet_can_be_kept(visitor: Visitor) -> None:
    first = await visitor.client.get("/static/errera.css")
    assert first.headers["content-type"].startswith("text/css")
    again = await visitor.client.get("/static/errera.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert "http" not in first.text.replace("http://www.w3.org", "")


def _facts(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_word_is_there_in_both_languages_with_the_same_facts() -> None:
    for key, words in WORDS.items():
        assert words.nl.strip(), key
        assert words.en.strip(), key
        assert _facts(words.nl) == _facts(words.en), key


def test_templates_use_only_words_that_exist_and_hold_no_sentence_of_their_own() -> None:
    templates = Path(rendering.__file__).with_name("templates")
    for file in sorted(templates.iterdir()):
        source = file.read_text(encoding="utf-8")
        keys = re.findall(r"""\bt\("([^"]+)"[,)]""", source)
        assert [key for key in keys if key not in WORDS] == [], file.name
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)
        assert re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^<>]*>", " ", bare)) == [], file.name


async def test_a_dossier_is_asked_for_on_a_page_and_comes_as_a_file(visitor: Visitor) -> None:
    await visitor.as_role("programmeManager")
    page = await visitor.get("/?asOf=2019-02-28")
    assert "/dossiers?asOf=2019-02-28" in page.links
    answer = await visitor.client.get("/dossiers/file?asOf=2019-02-28&knownAt=&cohortId=&format=html&persons=&lang=nl")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "KPI-lijst: niet in het dossier" in answer.text
    answer = await visitor.client.get("/dossiers/file?asOf=2019-02-28&format=pdf")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    page = await visitor.get("/dossiers/file?asOf=2019-02-28&knownAt=2020-01-01", 404)
    assert "leerde zijn eerste gebeurtenis op" in page.words
    await visitor.as_role("accountManager", person_id="p")
    assert "/dossiers" not in " ".join((await visitor.get("/")).links)
    await visitor.get("/dossiers", 403)
