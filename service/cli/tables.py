"""Tables on stdout, whole wherever they go."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table

_WIDE = 1_000


def show(table: Table, width: int = _WIDE) -> None:
    """As wide as the terminal; in a file or a pipe, as wide as its content, or as `width` where that is less."""
    table.box = box.SIMPLE
    terminal = sys.stdout.isatty()
    Console(width=None if terminal else width, markup=False, highlight=False).print(table)
