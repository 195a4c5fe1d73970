"""Going on under another name, where what was published is lost for good: the log says so first, and then takes it."""

import base64
import hashlib
import re

import sqlalchemy as sa

from events.catalogue.log import LogBegunAnew
from events.catalogue.values import IsoDate
from events.log.checkpoint import Checkpoint, check_name
from events.log.continuity import mismatch
from events.log.former import note_former
from events.log.keys import ORIGIN, open_keys
from events.store.schema import log_keys, log_publications, register
from service.house import Errera
from service.log_saying import say


class NothingLostError(Exception):
    """The log has what the checkpoint attests to: it goes on under its name."""


class AnotherLogError(Exception):
    """The checkpoint is of a log of another name."""


def next_name(origin: str) -> str:
    """The name that follows: `…/log`, `…/log/2`, `…/log/3`."""
    numbered = re.fullmatch(r"(.+)/(\d{1,4})", origin)
    return f"{numbered[1]}/{int(numbered[2]) + 1}" if numbered else f"{origin}/2"


async def begin_anew(house: Errera, lost: Checkpoint, origin: str) -> LogBegunAnew:
    """Let the log say which checkpoint is lost, and take the new name. Raises the errors above, NoteError."""
    check_name(origin)
    known = house.audit.keys.origin
    if lost.origin != known or origin == known:
        raise AnotherLogError(lost.origin)
    if await mismatch(house.store, house.audit.log, lost, "") is None:
        raise NothingLostError
    event = LogBegunAnew(
        lost_origin=lost.origin,
        lost_size=lost.size,
        lost_root=base64.b64encode(lost.root).decode(),
        origin=origin,
        begun_on=IsoDate(house.day_of(await house.now()).isoformat()),
    )
    told = hashlib.sha256(f"{lost.text}{origin}".encode()).digest()
    await say(house, event, "anew", told)
    async with house.store.database.write() as connection:
        await note_former(connection, known)
        await connection.execute(register.update().where(register.c.name == ORIGIN).values(value=origin))
        size = (await house.store.head()).size
        ended = log_keys.update().where(log_keys.c.until_size.is_(None))
        await connection.execute(ended.values(until_size=size))
        await connection.execute(sa.delete(log_publications))
    await open_keys(house.store.database, house.settings.log_key, origin, instead=True)
    return event
