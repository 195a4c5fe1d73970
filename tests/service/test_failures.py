"""What goes wrong below, as a problem: the database's trouble passes, ours does not."""

import pytest
import sqlalchemy as sa

from events.store.group_commit import ConnectionLostError
from events.store.port import StoreBusyError, UnreadableEventError
from service.api.failures import problem_of

AWAY = [
    sa.exc.OperationalError("SELECT 1", {}, OSError("gone")),
    sa.exc.InterfaceError("SELECT 1", {}, OSError("gone")),
    sa.exc.DBAPIError("SELECT 1", {}, OSError("gone")),
    sa.exc.TimeoutError(),
    ConnectionLostError("gone"),
    StoreBusyError("4096 appends are waiting"),
    ConnectionResetError(),
    TimeoutError(),
]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_a_database_that_is_away_is_to_be_asked_again(error: Exception) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.status == 503
    assert problem.headers is not None
    assert "Retry-After" in problem.headers


def test_a_wrong_statement_is_our_own_fault() -> None:
    problem = problem_of(sa.exc.ProgrammingError("SELEKT", {}, ValueError("syntax")))
    assert problem is not None
    assert problem.status == 500


def test_an_event_that_cannot_be_read_is_named_by_its_position() -> None:
    problem = problem_of(UnreadableEventError(7, "unknown"))
    assert problem is not None
    assert (problem.status, problem.facts) == (503, {"position": 7, "retryAfterSec": 60})
