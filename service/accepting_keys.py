"""Going on with other keys, where those that signed the log are lost.

The log says so first, and then takes the keys: interrupted in between it is done again, and stands there once.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from events.catalogue.log import LogKeysReplaced
from events.catalogue.values import IsoDate
from events.envelope import Context
from events.store.transaction import Work, transact
from service.auth.tokens import OPERATOR
from service.house import Errera

_STREAM: Final = "log-keys"


async def accept_keys(house: Errera) -> Sequence[str]:
    """Let the keys of the key file sign in the place of lost ones, and the log say so; returns them, if it was so."""
    keys = house.audit.keys
    if not keys.replaced:
        return []
    day = IsoDate(house.day_of(await house.now()).isoformat())
    event = LogKeysReplaced(retired=tuple(keys.replaced), introduced=tuple(keys.verifiers), replaced_on=day)
    changed = hashlib.sha256("\n".join([*event.retired, "", *event.introduced]).encode()).digest()

    async def decide(work: Work) -> None:
        await work.read(_STREAM)
        work.append(_STREAM, event)

    await transact(house.store, Context(command_id=f"keys-{changed.hex()}", actor=OPERATOR.actor), changed, decide)
    async with house.store.database.write() as connection:
        await keys.replace(connection)
    return keys.verifiers
