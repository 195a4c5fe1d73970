"""Which requests come over the service's own socket, that only its operator can open."""

from typing import Final

from starlette.types import Scope

LOCAL: Final = "errera.local"
"""The ASGI extension that marks one."""


def is_local(scope: Scope) -> bool:
    """Whether this is one."""
    return LOCAL in (scope.get("extensions") or {})
