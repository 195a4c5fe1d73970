"""Which objects differ between two instants of knowledge, kept while somebody goes through the pages of the list."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any, Final

_MOST: Final = 16


class Differences:
    """The last few lists that were made in this process. What was known by an instant never changes."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Sequence[Any]] = OrderedDict()

    def of(self, key: Hashable) -> Sequence[Any] | None:
        """The list for these instants, this day and this reader; None where it was not made lately."""
        if key not in self._known:
            return None
        self._known.move_to_end(key)
        return self._known[key]

    def keep(self, key: Hashable, subjects: Sequence[Any]) -> None:
        """Remember a list."""
        self._known[key] = subjects
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
