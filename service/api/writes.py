"""The writing calls: one for each command, made from the table of commands."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query

from service import policy_views, views
from service.api.asking import Asking
from service.api.commanding import CommandRoute, takes_nothing
from service.commands.command import Command
from service.commands.registry import COMMANDS

VIEWS: dict[str, type[views.Resource]] = {
    "partner": views.PartnerView,
    "person": views.PersonView,
    "cohort": views.CohortView,
    "agreement": views.AgreementView,
    "consultation": views.ConsultationView,
    "claim": views.ClaimView,
    "source": views.DocumentView,
    "authorityOrder": views.AuthorityOrderView,
    "reminder": views.ReminderView,
    "erasureRequest": views.ErasureRequestView,
    "retentionRule": views.RetentionRuleView,
    "disposition": views.DispositionView,
    "legalHold": views.LegalHoldView,
    "reminderPolicy": policy_views.ReminderPolicyView,
    "agencyCalendar": policy_views.AgencyCalendarView,
    "programme": policy_views.ProgrammeManagersView,
}

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="The command's id: with it the call can be repeated safely."),
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The version that the change is meant for, as its ETag.")
]

AwaitSealed = Annotated[
    bool,
    Query(
        alias="awaitSealed",
        description="Answer once a checkpoint of the log covers it, or after five seconds; `Errera-Sealed-Size` is the "
        "checkpoint's.",
    ),
]


def _route(router: APIRouter, command: Command) -> None:
    parameter = command.path.partition("{")[2].partition("}")[0]

    async def write(
        caller: Asking,
        body: Any,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        await_sealed: AwaitSealed = False,  # noqa: FBT002 - FastAPI hands it over by name
    ) -> None:
        """What FastAPI describes; CommandRoute does it."""

    write.__annotations__["body"] = command.body
    if takes_nothing(command):
        write.__annotations__["body"] = command.body | None
        write.__defaults__ = (None, None, None, False)
    router.add_api_route(
        command.path,
        write,
        methods=["POST"],
        status_code=201,
        response_model=views.RenewalView if command.name == "renewCohort" else VIEWS[command.makes],
        response_model_exclude_none=True,
        operation_id=command.name,
        summary=command.summary,
        description=command.body.__doc__ or "",
        openapi_extra=_path_parameter(parameter) if parameter else None,
        tags=[command.path.split("/")[2]],
    )


def _path_parameter(name: str) -> dict[str, Any]:
    return {
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 200}}]
    }


def router() -> APIRouter:
    """All writing calls."""
    made = APIRouter(route_class=CommandRoute)
    for command in COMMANDS.values():
        _route(made, command)
    return made
