"""Which language the command line speaks; it imports nothing of Errera, so that it can be asked before all else."""

import os
import re
from typing import Final, Literal

_KNOWN: Final[tuple[Literal["nl", "en"], ...]] = ("nl", "en")


def language() -> Literal["nl", "en"]:
    """The reader's: `ERRERA_LANGUAGE`, else the system's, else Dutch."""
    for name in ("ERRERA_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        told = re.split("[_.@-]", os.environ.get(name, "").lower())[0]
        for known in _KNOWN:
            if told == known:
                return known
    return _KNOWN[0]
