"""Reaching the register: the running service over its own socket, else the house itself, opened for the command."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, TypeVar

import asyncpg
import httpx
import sqlalchemy as sa
from pydantic import ValidationError

from events.codec import UnknownEventError
from events.log.keys import LogKeyError
from events.store.database import StoreLockedError
from events.store.migrating import SchemaTooNewError, UpgradeFailedError
from events.vault.keys import VaultKeyError
from events.vault.ledger import LedgerError
from service import settings as settings_module
from service.app import create_app, following
from service.cli.inprocess import InProcess
from service.cli.signing import key_trouble
from service.cli.words import Stop, language, problem_text, said
from service.house import Errera, open_house
from service.local_socket import connects, path_of
from service.settings import Settings

_new_event_loop: Callable[[], asyncio.AbstractEventLoop]
try:
    import uvloop
except ImportError:  # there is none for Windows
    _new_event_loop = asyncio.new_event_loop
else:
    _new_event_loop = uvloop.new_event_loop

T = TypeVar("T")

_SECONDS_TO_REACH: Final = 5.0
"""How long a command waits for a register that another command has open, or that is starting."""

_SECONDS_TO_FOLLOW: Final = 60.0

_PAGE: Final = 1_000


def run(work: Coroutine[Any, Any, T]) -> T:
    """Carry a command out."""
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        return runner.run(work)


def load_settings() -> Settings:
    """The settings; a wrong one stops the command, by name."""
    try:
        return settings_module.load()
    except ValidationError as error:
        lines = [f"ERRERA_{str(one['loc'][0]).upper()}: {_setting_text(one['msg'])}" for one in error.errors()]
    except ValueError as error:
        lines = [str(error)]
    told = "\n  ".join(lines)
    raise Stop(f"een instelling klopt niet\n  {told}", f"a setting is wrong\n  {told}", code=2)


@asynccontextmanager
async def house_of(
    settings: Settings, offset: timedelta = timedelta(), *, other_keys: bool = False, anew: bool = False
) -> AsyncIterator[Errera]:
    """The open house. Raises StoreLockedError; whatever else is wrong stops the command."""
    async with AsyncExitStack() as stack:
        try:
            if not settings.data_dir.exists():
                settings.data_dir.mkdir(parents=True, mode=0o700)
            house = await stack.enter_async_context(
                open_house(settings, offset=offset, other_keys=other_keys, anew=anew)
            )
        except VaultKeyError as error:
            raise Stop(*locked_vault(error)) from None
        except LogKeyError as error:
            raise Stop(*key_trouble(error)) from None
        except LedgerError as error:
            raise Stop(
                f"{error.path} in de wissingslijst zegt niet wie gewist is: zet de kopie ervan terug",
                f"{error.path} in the erasure ledger does not say who was erased: put its copy back",
            ) from None
        except UnknownEventError as error:
            raise Stop(
                f"het logboek is van een latere versie: {error}", f"the log is from a later release: {error}"
            ) from None
        except SchemaTooNewError as error:
            raise Stop(
                f"de databank is van een latere versie (schema {error.part}-{error.found}; deze versie kent het tot "
                f"{error.known}) en blijft zoals ze is: gebruik die versie, of zet de reservekopie van voordien terug",
                f"the database is from a later release (schema {error.part}-{error.found}; this one knows it up to "
                f"{error.known}) and stays as it is: use that release, or restore the backup from before it",
            ) from None
        except UpgradeFailedError as error:
            raise Stop(
                f"de databank kon niet bijgewerkt worden en is gebleven zoals ze was: {error}",
                f"the database could not be upgraded and has stayed as it was: {error}",
            ) from None
        except (OSError, sa.exc.SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError) as error:
            why = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise Stop(
                f"de databank is niet bereikbaar ({why}); kijk ERRERA_DATABASE_URL en ERRERA_DATA_DIR na",
                f"the database cannot be reached ({why}); check ERRERA_DATABASE_URL and ERRERA_DATA_DIR",
            ) from None
        yield house


@asynccontextmanager
async def register(settings: Settings | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """The HTTP API, as the operator."""
    settings = settings or load_settings()
    async with AsyncExitStack() as stack:
        transport = await _transport(settings, stack)
        yield await stack.enter_async_context(
            httpx.AsyncClient(
                transport=transport,
                base_url="http://errera",
                headers={"Accept-Language": language()},
                timeout=None,  # noqa: S113 - an import takes as long as it takes, and may be interrupted
            )
        )


async def ask(client: httpx.AsyncClient, method: str, path: str, **told: Any) -> Any:
    """A call's JSON; a refusal stops the command with what the service says."""
    return answer_of(await client.request(method, path, **told))


async def call(method: str, path: str, **told: Any) -> Any:
    """One call, and its JSON."""
    async with register() as client:
        return await ask(client, method, path, **told)


async def every_page(path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A collection's first page, with the items of all its pages."""
    async with register() as client:
        found: dict[str, Any] = await ask(client, "GET", path, params={**(params or {}), "pageSize": str(_PAGE)})
        following = found.pop("next", None)
        while following:
            page = await ask(client, "GET", following)
            found["items"] += page["items"]
            following = page.get("next")
        return found


async def content(client: httpx.AsyncClient, path: str, params: Mapping[str, str] | None = None) -> bytes:
    """An answer's bytes; a refusal stops the command."""
    response = await client.get(path, params=params)
    if not response.is_success:
        answer_of(response)
    return response.content


def answer_of(response: httpx.Response) -> Any:
    """An answer's JSON, or Stop."""
    if response.is_success:
        return response.json() if response.content else None
    told = problem_text(response.json()) if "json" in response.headers.get("content-type", "") else response.text
    raise Stop(told, told)


async def _transport(settings: Settings, stack: AsyncExitStack) -> httpx.AsyncBaseTransport:
    deadline = asyncio.get_running_loop().time() + _SECONDS_TO_REACH
    while True:
        try:
            house = await stack.enter_async_context(house_of(settings))
        except StoreLockedError as locked:
            if connects(path_of(settings)):
                return httpx.AsyncHTTPTransport(uds=str(path_of(settings)))
            if asyncio.get_running_loop().time() > deadline:
                raise Stop(*_unreachable(settings, locked)) from None
            await asyncio.sleep(0.1)
            continue
        await stack.enter_async_context(following(house))
        await house.projector.wait_for((await house.store.head()).size, _SECONDS_TO_FOLLOW)
        return InProcess(create_app(house))


def _unreachable(settings: Settings, locked: StoreLockedError) -> tuple[str, str]:
    dutch = (
        f"een ander proces heeft {locked.path} open, en op {settings.socket_path} antwoordt niemand. Wacht als de "
        "dienst nog opstart, of stop het andere proces; draait ze met een andere ERRERA_DATA_DIR, geef dan dezelfde."
    )
    english = (
        f"another process has {locked.path} open, and nobody answers on {settings.socket_path}. Wait if the service is "
        "still starting, or stop the other process; if it runs with another ERRERA_DATA_DIR, give the same."
    )
    return dutch, english


def locked_vault(error: VaultKeyError) -> tuple[str, str]:
    """Why the vault does not open, and what to do."""
    place = error.facts["place"]
    nl = en = ""
    match error.code:
        case "missing":
            nl = f"er is een kluis, maar geen sleutel in {place}. Zet de kopie van de sleutel daar terug"
            en = f"there is a vault, and no key in {place}. Put the copy of its key back there"
        case "unreadable":
            nl = f"{place} kan niet gelezen worden ({error.facts['why']}). Daar hoort het sleutelbestand te staan"
            en = f"{place} cannot be read ({error.facts['why']}). The file with its key belongs there"
        case "malformed":
            nl = f"{place} bevat geen sleutels van 32 bytes in hexadecimale tekens. Zet de kopie van de sleutel terug"
            en = f"{place} does not hold keys of 32 bytes in hexadecimal. Put the copy of the key back"
        case "wrong" | "retired":
            nl = f"ze werd geschreven met een andere sleutel dan die in {place}. Geef de sleutel die erbij hoort"
            en = f"it was written with another key than the one in {place}. Give the key that belongs to it"
        case "notOurs":
            nl = f"de sleutel staat in {place}: zet de nieuwe er vóór de oude, met een komma ertussen, en herstart"
            en = f"the key stands in {place}: put the new one before the old, with a comma between, and restart"
    return f"de kluis gaat niet open: {nl}.", f"the vault does not open: {en}."


def _setting_text(message: str) -> str:
    return message.removeprefix("Value error, ")


def locked_text(locked: StoreLockedError) -> str:
    """Why a second service cannot start here."""
    return said(
        f"een ander proces heeft {locked.path} al open: draait de dienst al? Stop ze eerst, of kies een andere "
        "ERRERA_DATA_DIR.",
        f"another process has {locked.path} open: does the service run already? Stop it first, or choose another "
        "ERRERA_DATA_DIR.",
    )
