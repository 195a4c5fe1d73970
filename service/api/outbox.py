"""The outbox: what is to be sent by mail, what became of it, and trying again what was refused."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from events.envelope import from_micros, to_micros
from schedulers.outbox.rows import Mail, Row, State
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Pages
from service.auth.policy import Action, judge
from service.finding import Page
from service.house import Errera
from service.problems import Problem
from service.queries import Found, Several
from service.views import Collection, View

router = APIRouter(route_class=StrictRoute, tags=["reminders"])


class MailView(View):
    """One mail of a message, to one person."""

    person_id: str
    state: str = Field(description="`trying` (perhaps accepted), `sent`, `later` or `dead`.")
    code: str | None = Field(default=None, description="What the mail server answered, as `550 5.1.1`.")
    at: datetime


class OutboxView(View):
    """A message, and how it is."""

    outbox_id: str
    reminder_id: str
    role: str
    state: State = Field(description="`waiting`, `sent`, `dropped` (no need any more) or `dead` (it was refused).")
    reason: str | None = Field(default=None, description="Why it waits, was dropped or is dead.")
    failures: int
    due_at: datetime
    raised_at: datetime
    next_at: datetime | None = None
    settled_at: datetime | None = None
    mails: list[MailView]


@router.get("/v1/outbox", operation_id="listOutbox", response_model_exclude_none=True)
async def list_outbox(
    house: House, caller: Asking, pages: Pages, state: Annotated[State | None, Query()] = None
) -> Collection[OutboxView]:
    """What is to be sent and what was, the newest first."""
    judge(caller, Action.SET_REMINDERS)
    wanted = pages.page or Page(0, pages.size)
    rows, total = await house.mailing.outbox.page(state, wanted.start, wanted.size)
    return await pages.of(Several([Found(view, view.failures) for view in await _views(house, *rows)], total))


@router.post("/v1/outbox/{outboxId}/replays", operation_id="replayOutbox", response_model_exclude_none=True)
async def replay_outbox(
    house: House, caller: Asking, outbox_id: Annotated[str, Path(alias="outboxId", max_length=500)]
) -> OutboxView:
    """Try a dead letter again, to those who did not get it."""
    judge(caller, Action.SET_REMINDERS)
    outbox = house.mailing.outbox
    revived = await outbox.replay(outbox_id, to_micros(await house.now()))
    row = await outbox.one(outbox_id)
    if row is None:
        raise Problem.not_found("outbox.unknown")
    if not revived:
        raise Problem.conflict("outbox.notDead", state=row.state)
    [view] = await _views(house, row)
    return view


async def _views(house: Errera, *rows: Row) -> list[OutboxView]:
    mails = await house.mailing.outbox.mails([row.id for row in rows])
    return [
        OutboxView(
            outbox_id=row.id,
            reminder_id=row.reminder_id,
            role=row.role,
            state=row.state,
            reason=row.reason,
            failures=row.failures,
            due_at=from_micros(row.due_at),
            raised_at=from_micros(row.raised_at),
            next_at=from_micros(row.next_at) if row.state == "waiting" else None,
            settled_at=None if row.settled_at is None else from_micros(row.settled_at),
            mails=[_mail(one) for one in mails[row.id]],
        )
        for row in rows
    ]


def _mail(mail: Mail) -> MailView:
    return MailView(person_id=mail.person_id, state=mail.state, code=mail.code, at=from_micros(mail.at))
