"""`errera serve`."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from events.store.database import StoreLockedError
from events.store.moving import MOVED
from service import demo as demonstration
from service import logs
from service.api.strict_json import JsonRefusedError
from service.app import following
from service.cli.progress import progress
from service.cli.register import house_of, load_settings, locked_text, run
from service.cli.words import Stop, instant, language, read_only, said
from service.house import Errera
from service.importing import ImportFileError
from service.serve import PortTakenError, bound
from service.serve import serve as serve_house
from service.settings import Settings
from service.texts import detail


def serve(
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the demonstration's history into an empty store, and make a token.")
    ] = False,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 for any.")] = 8000,
    now: Annotated[
        datetime | None,
        typer.Option(
            parser=instant,
            metavar="INSTANT",
            help="Start the clock here; in a demo only, and forward of what it holds.",
        ),
    ] = None,
) -> None:
    """Run the service: the API, the pages and the scheduler."""
    settings = load_settings()
    logs.configure(settings.log_level)
    try:
        run(_serve(settings, host, port, now, demo=demo))
    except StoreLockedError as locked:
        told = locked_text(locked)
        raise Stop(told, told) from None
    except PortTakenError as error:
        raise Stop(
            f"op {host}:{port} kan niet geluisterd worden ({error}). Kies een andere poort: --port 8001.",
            f"cannot listen on {host}:{port} ({error}). Choose another port: --port 8001.",
        ) from None


async def _serve(settings: Settings, host: str, port: int, now: datetime | None, *, demo: bool) -> None:
    offset = await _offset(settings, now, demo=demo) if now else timedelta()
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(house_of(settings, offset))
        if why := house.store.read_only:
            if MOVED in why:
                told = read_only(why)
                raise Stop(
                    f"{told}. Geef de ERRERA_DATABASE_URL van daar.",
                    f"{told}. Give the ERRERA_DATABASE_URL of that place.",
                )
            _tell(said("ALLEEN LEZEN", "READ ONLY") + f": {read_only(why)}")
            demo = False
        listener = stack.enter_context(bound(host, port))
        if demo:
            await _load(house)
        token = (await house.tokens.create("programmeManager"))[0] if demo else None
        if now:
            _tell(said("De klok staat op", "The clock stands at") + f" {_text(await house.now())}")
        await serve_house(house, listener, lambda address: _welcome(address, token))


async def _offset(settings: Settings, now: datetime, *, demo: bool) -> timedelta:
    async with house_of(settings) as house:
        try:
            return await demonstration.offset_to(house, now, demo=demo)
        except demonstration.NotADemoError:
            raise Stop(
                "--now kan alleen in een demonstratie, en dit register is er geen. Laat het weg, of begin met --demo "
                "in een lege ERRERA_DATA_DIR.",
                "--now is for a demonstration, and this register is none. Leave it out, or start with --demo in an "
                "empty ERRERA_DATA_DIR.",
                code=2,
            ) from None
        except demonstration.BackwardsError as error:
            raise Stop(
                f"--now kan de klok alleen vooruitzetten: kies een ogenblik na {_text(error.last)}.",
                f"--now may only move the clock forward: choose an instant after {_text(error.last)}.",
                code=2,
            ) from None


async def _load(house: Errera) -> None:
    if not await demonstration.may_load(house):
        _tell(
            said("Het register bevat al gebeurtenissen:", "The register has events already:")
            + " "
            + said("er wordt niets geladen.", "nothing is loaded.")
        )
        return
    file = house.settings.demo_file
    _tell(said("De geschiedenis wordt geladen uit", "Loading the history from") + f" {file}")
    try:
        async with following(house):
            with progress(said("rijen", "rows")) as report:
                rows = await demonstration.load(house, demonstration.read(file), report)
    except ImportFileError as error:
        raise Stop(*_unreadable(file, detail(error.code, language(), error.facts))) from None
    except JsonRefusedError as error:
        issue = error.issues[0]
        raise Stop(*_unreadable(file, detail(issue.code, language(), issue.facts))) from None
    except (OSError, demonstration.DemoError) as error:
        raise Stop(*_unreadable(file, str(error))) from None
    _tell(said("{rows} {rows:rij|rijen} geladen.", "{rows} {rows:row|rows} loaded.", rows=rows))


def _unreadable(file: object, why: str) -> tuple[str, str]:
    return f"{file} kan niet geladen worden: {why}", f"{file} cannot be loaded: {why}"


def _welcome(address: str, token: str | None) -> None:
    _tell(said("Open", "Open") + f" {address}")
    if token:
        _tell(f"Token: {token}")
        _tell(
            said(
                "(van een programmamanager; om aan te melden, en voor de API)",
                "(a programme manager's; for signing in, and for the API)",
            )
        )
    _tell(said("Stoppen: Ctrl+C", "Stop: Ctrl+C"))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _tell(line: str) -> None:
    print(line, flush=True)
