"""What a command is to its callers: a name, a body, what it is allowed to, and a handler."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from service.auth.policy import Action
from service.desk import Desk
from service.fields import Body

Kind = Literal[
    "partner",
    "person",
    "cohort",
    "agreement",
    "consultation",
    "claim",
    "source",
    "authorityOrder",
    "reminder",
    "erasureRequest",
    "retentionRule",
    "disposition",
    "legalHold",
    "reminderPolicy",
    "agencyCalendar",
    "programme",
]


@dataclass(frozen=True, slots=True)
class Result:
    """What a command came to: the object it is about.

    `made` gives import files names for what else it made (a suffix -> id); `preview` is the answer of a dry run.
    """

    object_id: str
    made: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    preview: Any = None
    status: int | None = None
    """What the answer's status is, where what was recorded does not say it."""


Handler = Callable[[Desk, str, Any], Awaitable[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`name` is the operation's id and an import row's `do`; `target` is what the path names, if it names something."""

    name: str
    body: type[Body]
    handler: Handler
    makes: Kind
    action: Action
    path: str
    target: Kind | None = None
    needs_version: bool = False
    part: str | None = None
    """The part of the action that this is, where a role may only that part of it."""
    summary: str
