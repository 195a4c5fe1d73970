"""Reading reminders: which were raised, how they stand, and why."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response

from service import views
from service.access import visible
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import AtReading, House, Lang, Tables, missing, one, reached
from service.auth.policy import Action
from service.reminding import Reminding, explanation

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["reminders"])

Status = Literal["raised", "acknowledged", "snoozed", "superseded", "closed"]
Kind = Literal[
    "consultation",
    "fixDay",
    "evaluation",
    "kpiFigures",
    "improvementPoint",
    "payment",
    "agreementEnd",
    "cohortEnd",
    "accountManagerMissing",
]
ReminderId = Annotated[str, Path(alias="reminderId")]


async def _reminding(house: House, at: AtReading, caller: Asking) -> Reminding:
    return Reminding(house, at, await visible(house, caller, Action.READ_REMINDERS))


Asked = Annotated[Reminding, Depends(_reminding)]


@router.get("/v1/reminders", operation_id="listReminders", response_model_exclude_none=True)
async def list_reminders(
    asked: Asked, pages: Tables, kind: Kind | None = None, status: Status | None = None
) -> views.Collection[views.ReminderView]:
    """Reminders that were raised, by kind and status; with `asOf` those raised by then, as they stood on that day at
    noon.
    """
    return await pages.of(await asked.all(kind=kind, status=status, page=pages.page), asked)


@router.get("/v1/reminders/{reminderId}", operation_id="getReminder", response_model_exclude_none=True)
async def get_reminder(response: Response, asked: Asked, reminder_id: ReminderId) -> views.ReminderView:
    """One reminder."""
    return await one(response, asked, await asked.one(reminder_id), "reminder")


@router.get("/v1/reminders/{reminderId}/explanation", operation_id="explainReminder", response_model_exclude_none=True)
async def explain_reminder(
    response: Response, asked: Asked, reminder_id: ReminderId, language: Lang
) -> views.ExplanationView:
    """Why it was raised, when and to whom."""
    found = await asked.explain(reminder_id)
    if found is None:
        raise await missing(asked, "reminder")
    response.headers["Content-Language"] = language
    return explanation(*found, language)
