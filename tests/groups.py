"""Tests that share something costly (`xdist_group`) run in one worker.

pytest-xdist 3.8 writes the group into a field that pytest 9.2 no longer reads, so there `--dist loadgroup` groups nothing.
A module here names at most one group, so the controller can read it where it stands.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@cache
def group_of(file: str) -> str | None:
    found = re.search(r"\bxdist_group\(\"(\w+)\"\)", (ROOT / file).read_text(encoding="utf-8"))
    return found[1] if found else None


def scope_of(nodeid: str) -> str:
    """What runs together: a group, else a test by itself."""
    return group_of(nodeid.partition("::")[0]) or nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    return Together(config, log)
