"""Going on with other keys, where those that signed the log are lost. The log says so first, and then takes them."""

import hashlib
from collections.abc import Sequence

from events.catalogue.log import LogKeysReplaced
from events.catalogue.values import IsoDate
from service.house import Errera
from service.log_saying import say


async def accept_keys(house: Errera) -> Sequence[str]:
    """Let the keys of the key file sign in the place of lost ones, and the log say so; returns them, if it was so."""
    keys = house.audit.keys
    if not keys.replaced:
        return []
    day = IsoDate(house.day_of(await house.now()).isoformat())
    event = LogKeysReplaced(retired=tuple(keys.replaced), introduced=tuple(keys.verifiers), replaced_on=day)
    changed = hashlib.sha256("\n".join([*event.retired, "", *event.introduced]).encode()).digest()
    await say(house, event, "keys", changed)
    async with house.store.database.write() as connection:
        await keys.replace(connection)
    return keys.verifiers
