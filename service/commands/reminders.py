"""What may be done to reminders by those who get them."""

from domain import reminder as rules
from domain.refusals import Refused
from domain.reminder import Reminder
from domain.streams import of_reminder
from events.catalogue.reminder import ReminderAcknowledged, ReminderRaised, ReminderSnoozed
from events.catalogue.values import Instant, ReminderId
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, InstantText


class AcknowledgeReminder(Body):
    """Seen; no more of it."""


class SnoozeReminder(Body):
    """Again later, in time for the legal date."""

    until: InstantText


async def acknowledge_reminder(desk: Desk, target: str, _body: AcknowledgeReminder) -> Result:
    """Its recipient saw it."""

    def happened(raised: ReminderRaised) -> ReminderAcknowledged:
        return ReminderAcknowledged(
            reminder_id=raised.reminder_id,
            obligation=raised.obligation,
            acknowledged_on=desk.day,
        )

    async def decide(work: Work) -> None:
        reminder, raised = await _reminder(desk, work, target)
        work.append(of_reminder(raised.reminder_id), *rules.acknowledge(reminder, happened(raised)))

    await desk.carry_out(decide)
    return Result(target)


async def snooze_reminder(desk: Desk, target: str, body: SnoozeReminder) -> Result:
    """Its recipient wants it again later."""

    async def decide(work: Work) -> None:
        reminder, raised = await _reminder(desk, work, target)
        event = ReminderSnoozed(
            reminder_id=raised.reminder_id,
            obligation=raised.obligation,
            until=Instant(body.until),
            snoozed_on=desk.day,
        )
        zone = desk.house.settings.zone
        work.append(of_reminder(raised.reminder_id), *rules.snooze(reminder, event, desk.now, zone))

    await desk.carry_out(decide)
    return Result(target)


async def _reminder(desk: Desk, work: Work, target: str) -> tuple[Reminder, ReminderRaised]:
    [recorded] = await work.read(of_reminder(ReminderId(target)))
    desk.expect(recorded)
    reminder = desk.fold(recorded, Reminder(), rules.evolve)
    if reminder.raised is None:
        raise Refused("reminder.unknown")
    return reminder, reminder.raised


COMMANDS = (
    Command(
        name="acknowledgeReminder",
        body=AcknowledgeReminder,
        handler=acknowledge_reminder,
        makes="reminder",
        target="reminder",
        action=Action.ACKNOWLEDGE_REMINDER,
        path="/v1/reminders/{reminderId}/acknowledgements",
        summary="Acknowledge a reminder",
    ),
    Command(
        name="snoozeReminder",
        body=SnoozeReminder,
        handler=snooze_reminder,
        makes="reminder",
        target="reminder",
        action=Action.ACKNOWLEDGE_REMINDER,
        path="/v1/reminders/{reminderId}/snoozes",
        summary="Have a reminder come back later",
    ),
)
