"""Tests have no sockets (pytest-socket), but those that ask for a server of ours may speak to this machine."""

import pytest

LOOPBACK = ["127.0.0.1", "::1"]
ASKING_FIXTURES = {"postgresql_server", "postgresql_url", "postgresql_crashable", "chromium"}
ASKING_MARKERS = ("postgresql", "server", "e2e", "crash")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & ASKING_FIXTURES or any(item.get_closest_marker(name) for name in ASKING_MARKERS):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK))
