"""All commands, by name."""

from collections.abc import Mapping
from typing import Final

from service.commands import (
    agreements,
    claims,
    cohorts,
    consultations,
    corrections,
    erasures,
    partners,
    policies,
    reminders,
    renewals,
    retention,
)
from service.commands.command import Command

COMMANDS: Final[Mapping[str, Command]] = {
    command.name: command
    for part in (
        partners,
        cohorts,
        renewals,
        agreements,
        consultations,
        corrections,
        claims,
        reminders,
        policies,
        erasures,
        retention,
    )
    for command in part.COMMANDS
}
