"""A long list, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from service.finding import Page
from service.web.visiting import Visit

T = TypeVar("T")

SIZE: Final = 100
_LAST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page it is, from 1, and of how many."""

    number: int
    pages: int

    @classmethod
    def of(cls, page: Page, total: int) -> "Paging":
        """That of a stretch among all there are."""
        return cls(page.start // SIZE + 1, max(1, -(-total // SIZE)))


def page_of(visit: Visit) -> Page:
    """The page that the address asks for; the first, where it says nothing that can be understood."""
    told = visit.request.query_params.get("page", "")
    number = int(told) if told.isascii() and told.isdigit() and len(told) <= len(str(_LAST)) else 1
    return Page((max(1, number) - 1) * SIZE, SIZE)


def in_order(found: Sequence[T], total: int, name: Callable[[T], str]) -> Sequence[T]:
    """By name where all of it is on the page; else as they were found, so that each stands on one page."""
    return found if total > SIZE else sorted(found, key=lambda one: name(one).casefold())
