"""`errera reminders policy|days|managers`: how reminders come."""

from typing import Annotated, Any

import typer

from domain.labels import label
from domain.refusals import Refused
from service.cli.register import answer_of, ask, register, run
from service.cli.words import Stop, language, said
from service.policy_texts import closed_of, offsets_of, steps_of
from service.texts import detail

_NOT_FOUND = 404
_PARTS = frozenset({"offsets", "shift", "quietHours", "escalation"})


def policy(
    scope: Annotated[
        str, typer.Argument(help="`programme`, `cohort:ID` or `agreement:ID`.", show_default=False)
    ] = "programme",
    *,
    offsets: Annotated[
        list[str] | None, typer.Option(metavar="KIND: OFFSETS", help="How long ahead: `evaluation: P60D, P30D`.")
    ] = None,
    shift: Annotated[
        str | None, typer.Option(metavar="none|back|forward", help="Where a reminder goes whose day is not worked.")
    ] = None,
    quiet: Annotated[
        str | None, typer.Option(metavar="FROM-UNTIL", help="Nothing is sent then: `20:00-07:00`.")
    ] = None,
    working_days_only: Annotated[
        bool, typer.Option("--working-days-only", help="Nor is anything on days that are not worked.")
    ] = False,
    escalate: Annotated[
        list[str] | None,
        typer.Option(metavar="AFTER ROLE", help="Who is told too if nobody acknowledges: `P3D deputy`."),
    ] = None,
) -> None:
    """Show how reminders come, or change it: what is not given stays as it was."""
    asked = _typed(
        lambda: {
            **({"offsets": dict(offsets_of(offsets))} if offsets else {}),
            **({"shift": shift} if shift else {}),
            **({"quietHours": _hours(quiet, only=working_days_only)} if quiet else {}),
            **({"escalation": steps_of(escalate)} if escalate else {}),
        }
    )
    told = run(_policy(scope, asked))
    if told is None:
        print(said("Niets vastgelegd: het gebruikelijke geldt.", "Nothing was set: the usual holds."))
        return
    for kind, some in told.get("offsets", {}).items():
        print(f"{kind}: {', '.join(some) or '-'}")
    if "shift" in told:
        print(f"shift: {told['shift']} ({label('shift', told['shift'], language())})")
    if hours := told.get("quietHours"):
        only = said(", alleen op werkdagen", ", on working days only") if hours["workingDaysOnly"] else ""
        print(said("stil: ", "quiet: ") + f"{hours['begins']}-{hours['ends']}{only}")
    for step in told.get("escalation", []):
        print(f"{step['after']} {step['to']} ({label('role', step['to'], language())})")


def days(
    *,
    year: Annotated[int | None, typer.Option(min=1900, max=2200, help="Of this year, each of them.")] = None,
    country: Annotated[
        str | None, typer.Option(metavar="CODE", help="Whose public holidays count, such as BE; `-` for nobody's.")
    ] = None,
    closed: Annotated[
        list[str] | None,
        typer.Option(metavar="DAYS NAME", help="The agency's own: `--07-11 Feestdag`, `2027-05-07 Brugdag`."),
    ] = None,
) -> None:
    """Show which days are no working days, or set them: what is not given stays as it was."""
    asked = _typed(
        lambda: {
            **({"country": None if country == "-" else country} if country else {}),
            **({"closed": closed_of(closed)} if closed else {}),
        }
    )
    told = run(_days(asked, year))
    print(said("feestdagen van: ", "holidays of: ") + told.get("country", "-"))
    for one in told["closed"]:
        print(f"{one['first']}{'/' + one['last'] if 'last' in one else ''} {one['name']}")
    for one in told.get("days", []):
        print(f"{one['day']} {one['name']}")


def managers(
    persons: Annotated[list[str] | None, typer.Argument(help="Their ids; none: show who they are.")] = None,
) -> None:
    """Show who is reminded as programme manager, or name them."""
    for person_id in run(_managers(persons))["personIds"]:
        print(person_id)


async def _policy(scope: str, asked: dict[str, Any]) -> Any:
    path, (kind, _, subject_id) = f"/v1/reminderPolicies/{scope}", scope.partition(":")
    async with register() as client:
        found = await client.get(path)
        there = found.status_code != _NOT_FOUND
        if not asked:
            return answer_of(found) if there else None
        before = {name: value for name, value in found.json().items() if name in _PARTS} if there else {}
        offsets = {**before.get("offsets", {}), **asked.get("offsets", {})}
        body = {**before, **asked, "scope": kind, **({"offsets": offsets} if offsets else {})}
        body |= {"subjectId": subject_id} if subject_id else {}
        tag = {"If-Match": found.headers["etag"]} if there else {}
        return await ask(client, "POST", "/v1/reminderPolicies", json=body, headers=tag)


async def _days(asked: dict[str, Any], year: int | None) -> Any:
    params = {"year": str(year)} if year else {}
    async with register() as client:
        if asked:
            found = await client.get("/v1/agencyCalendar")
            body = {name: found.json()[name] for name in ("country", "closed") if name in found.json()} | asked
            body = {name: value for name, value in body.items() if value is not None}
            await ask(client, "POST", "/v1/agencyCalendar", json=body, headers={"If-Match": found.headers["etag"]})
        return await ask(client, "GET", "/v1/agencyCalendar", params=params)


async def _managers(persons: list[str] | None) -> Any:
    async with register() as client:
        if persons:
            return await ask(client, "POST", "/v1/programmeManagers", json={"personIds": persons})
        return await ask(client, "GET", "/v1/programmeManagers")


def _hours(text: str, *, only: bool) -> dict[str, Any]:
    begins, _, ends = text.partition("-")
    return {"begins": begins, "ends": ends, "workingDaysOnly": only}


def _typed(read: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read()
    except Refused as refused:
        raise Stop(detail(refused.code, "nl", refused.facts), detail(refused.code, "en", refused.facts)) from None
    return found
