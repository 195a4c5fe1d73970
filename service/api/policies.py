"""Reading how reminders come."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from service import policy_views as views
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Lang, Pages, reached
from service.auth.policy import Action, any_part
from service.policies import Policies
from service.problems import Problem
from service.views import Collection

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["reminders"])


async def _policies(house: House, caller: Asking) -> Policies:
    any_part(caller, Action.READ_REMINDERS)
    return Policies(house)


Asked = Annotated[Policies, Depends(_policies)]


@router.get("/v1/reminderPolicies", operation_id="listReminderPolicies", response_model_exclude_none=True)
async def list_policies(asked: Asked, pages: Pages) -> Collection[views.ReminderPolicyView]:
    """What the programme, cohorts and agreements say of their reminders."""
    return await pages.of(await asked.all())


@router.get("/v1/reminderPolicies/{policyId}", operation_id="getReminderPolicy", response_model_exclude_none=True)
async def get_policy(
    response: Response, asked: Asked, policy_id: Annotated[str, Path(alias="policyId")]
) -> views.ReminderPolicyView:
    """`programme`, `cohort:<cohortId>` or `agreement:<agreementId>`."""
    found = await asked.one(policy_id)
    if found is None:
        raise Problem.not_found("reminderPolicy.unknown")
    response.headers["ETag"] = f'"{found.version}"'
    return found.view


@router.get("/v1/agencyCalendar", operation_id="getAgencyCalendar", response_model_exclude_none=True)
async def get_calendar(
    response: Response,
    asked: Asked,
    language: Lang,
    year: Annotated[int | None, Query(ge=1900, le=2200, description="With the closed days of this year.")] = None,
) -> views.AgencyCalendarView:
    """Which days are no working days."""
    found = await asked.calendar(year, language)
    response.headers["ETag"] = f'"{found.version}"'
    return found.view


@router.get("/v1/programmeManagers", operation_id="getProgrammeManagers", response_model_exclude_none=True)
async def get_managers(response: Response, asked: Asked) -> views.ProgrammeManagersView:
    """Who is reminded as programme manager."""
    found = await asked.managers()
    response.headers["ETag"] = f'"{found.version}"'
    return found.view
