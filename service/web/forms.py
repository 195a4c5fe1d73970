"""What a form asks is carried out as any other command."""

from collections.abc import Mapping

from pydantic import ValidationError

from domain.refusals import Refused
from service.commands.registry import COMMANDS
from service.issues import issues_of
from service.perform import Asked, perform
from service.texts import detail
from service.web.visiting import Visit


async def carry_out(visit: Visit, name: str, target: str, given: Mapping[str, object]) -> tuple[str, int] | None:
    """Carry out a command. Returns what is wrong with it, for its reader, and the status; None where it is done."""
    command = COMMANDS[name]
    try:
        body = command.body.model_validate(given)
        await perform(visit.house, command, body, Asked(caller=visit.caller, target=target))
    except ValidationError as error:
        issue = issues_of(error.errors())[0]
        return detail(issue.code, visit.language, issue.facts), 400
    except Refused as refused:
        return detail(refused.code, visit.language, refused.facts), refused.status
    return None
