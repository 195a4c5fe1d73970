"""The log says what becomes of itself before that is so.

Interrupted in between it is done again, and stands there once.
"""

from domain.streams import LOG
from events.catalogue.log import LogEvent
from events.envelope import Context
from events.store.transaction import Work, transact
from service.auth.tokens import OPERATOR
from service.house import Errera


async def say(house: Errera, event: LogEvent, what: str, content: bytes) -> None:
    """Record it, unless the same is on record; `content` is a hash of what makes it the same."""

    async def decide(work: Work) -> None:
        await work.read(LOG)
        work.append(LOG, event)

    context = Context(command_id=f"{what}-{content.hex()}", actor=OPERATOR.actor)
    await transact(house.store, context, content, decide)
