"""The writing calls: one for each command, made from the table of commands."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from service import views
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House
from service.commands.command import Command
from service.commands.registry import COMMANDS
from service.perform import Answer, Asked, perform
from service.problems import Issue, Problem

VIEWS: dict[str, type[views.Resource]] = {
    "partner": views.PartnerView,
    "person": views.PersonView,
    "cohort": views.CohortView,
    "agreement": views.AgreementView,
    "consultation": views.ConsultationView,
    "claim": views.ClaimView,
    "reminder": views.ReminderView,
}

_LONGEST_KEY = 255

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="The command's id: with it the call can be repeated safely."),
]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="The version that the change is meant for, as its ETag.")
]


def _route(router: APIRouter, command: Command) -> None:
    parameter = command.path.partition("{")[2].partition("}")[0]
    optional = not any(field.is_required() for field in command.body.model_fields.values())

    async def write(
        request: Request,
        response: Response,
        house: House,
        caller: Asking,
        body: Any,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
    ) -> Any:
        asked = Asked(
            caller=caller,
            target=request.path_params.get(parameter, ""),
            idempotency_key=_checked(idempotency_key),
            if_match=if_match,
        )
        return _answer(response, await perform(house, command, body or command.body(), asked), command)

    write.__annotations__["body"] = command.body | None if optional else command.body
    if optional:
        write.__defaults__ = (None, None, None)
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


def _answer(response: Response, answer: Answer, command: Command) -> Any:
    if not answer.recorded:
        response.status_code = 200
    if answer.result.preview is None:
        response.headers["ETag"] = f'"{answer.version}"'
        response.headers["Errera-Position"] = str(answer.view.position)
        if command.target is None or command.name == "renewCohort":
            response.headers["Location"] = answer.view.href
    return answer.view


def _checked(key: str | None) -> str | None:
    if key is not None and not (len(key.strip()) > 0 and len(key) <= _LONGEST_KEY and key.isprintable()):
        raise Problem.bad_request([Issue(code="idempotency.invalid", place="header", name="Idempotency-Key")])
    return key


def _path_parameter(name: str) -> dict[str, Any]:
    return {
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 200}}]
    }


def router() -> APIRouter:
    """All writing calls."""
    made = APIRouter(route_class=StrictRoute)
    for command in COMMANDS.values():
        _route(made, command)
    return made
