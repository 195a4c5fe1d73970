"""The store beside a model of it in memory, through whatever Hypothesis thinks of."""

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from events.store.database import Database
from events.store.port import Append, Appended, CommandReusedError, VersionConflictError
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from tests.events.conftest import create_log
from tests.events.logs import CODEC, added, append, context, pending
from tests.postgresql import Databases

T = TypeVar("T")
EXAMPLES, STEPS = (300, 50) if os.environ.get("SOAK") else (25, 25)

EMPTY_IT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid(); "
    "SET session_replication_role = replica; TRUNCATE events, commands; UPDATE head SET size = 0, recorded_at = 0"
)
"""After whatever a caller who went away had left going. A hundredth of the time that another database takes; nobody but the database's owner gets past the triggers so."""

STREAMS = st.sampled_from(["partner-a", "partner-b", "cohort-c"])
COMMANDS = st.sampled_from([f"command {number}" for number in range(12)])
HASHES = st.sampled_from([b"same", b"same", b"same", b"other"])
OFFS = st.sampled_from([0, 0, 0, 1, -1])
"""How far an expected version is off."""


@dataclass
class Model:
    """What the store should hold: every event's stream in log order, and what each command did."""

    log: list[tuple[str, str]] = field(default_factory=list)
    commands: dict[str, tuple[bytes, tuple[int, ...]]] = field(default_factory=dict)

    def version(self, stream: str) -> int:
        return sum(one == stream for one, _ in self.log)

    def names(self, stream: str) -> list[str]:
        return [name for one, name in self.log if one == stream]

    def would(self, asked: Append) -> type[Exception] | tuple[bool, tuple[int, ...]]:
        """What an append answers now: an error, or whether it is repeated and its positions."""
        command_id = asked.context.command_id
        if command_id in self.commands:
            known, positions = self.commands[command_id]
            return (True, positions) if known == asked.request_hash else CommandReusedError
        expected = dict(asked.conditions)
        for one in asked.events:
            expected.setdefault(one.stream, one.version - 1)
        if any(self.version(stream) != version for stream, version in expected.items()):
            return VersionConflictError
        return False, tuple(range(len(self.log) + 1, len(self.log) + 1 + len(asked.events)))

    def judge(self, asked: Append) -> type[Exception] | tuple[bool, tuple[int, ...]]:
        """The same, and it is recorded."""
        answered = self.would(asked)
        if isinstance(answered, tuple) and not answered[0]:
            self.log += [(one.stream, one.event.name) for one in asked.events]
            self.commands[asked.context.command_id] = (asked.request_hash, answered[1])
        return answered


def positions_of(appended: Appended) -> tuple[bool, tuple[int, ...]]:
    first, last = appended.record.first_position, appended.record.last_position
    return appended.repeated, () if first is None or last is None else tuple(range(first, last + 1))


class StoreMachine(RuleBasedStateMachine):
    """Overridden with the way to a database."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.model = Model()
        self.count = 0
        self.database = Database(self.run(self.fresh()))
        self.store = SqlStore(self.database, CODEC)
        self.run(self.store.open())

    async def fresh(self) -> str:
        raise NotImplementedError

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.database.dispose())
        self.loop.close()

    def asked(self, command: str, request_hash: bytes, streams: list[str], off: int, read: str | None) -> Append:
        versions: dict[str, int] = {}
        events = []
        for stream in streams:
            versions[stream] = versions.get(stream, self.model.version(stream)) + 1
            self.count += 1
            events.append(pending(stream, versions[stream] + off, added(f"{self.count}")))
        conditions = {} if read is None or read in streams else {read: self.model.version(read) + off}
        return append(*events, command_id=command, request_hash=request_hash, conditions=conditions)

    async def answer(self, asked: Append) -> type[Exception] | tuple[bool, tuple[int, ...]]:
        try:
            return positions_of(await self.store.append(asked))
        except (CommandReusedError, VersionConflictError) as error:
            return type(error)

    @rule(
        command=COMMANDS, request_hash=HASHES, streams=st.lists(STREAMS, max_size=4), off=OFFS, read=st.none() | STREAMS
    )
    def appends(self, command: str, request_hash: bytes, streams: list[str], off: int, read: str | None) -> None:
        asked = self.asked(command, request_hash, streams, off, read)
        assert self.run(self.answer(asked)) == self.model.judge(asked)

    @rule(
        several=st.lists(
            st.tuples(COMMANDS, HASHES, st.lists(STREAMS, max_size=3), OFFS, st.none() | STREAMS), max_size=6
        )
    )
    def appends_at_once(self, several: list[tuple[str, bytes, list[str], int, str | None]]) -> None:
        """In some order: the answers must be those of the order that the positions tell."""
        asked = [self.asked(*one) for one in several]

        async def together() -> list[Any]:
            return await asyncio.gather(*(self.answer(one) for one in asked))

        answers = self.run(together())
        done = [(one, answered) for one, answered in zip(asked, answers, strict=True) if isinstance(answered, tuple)]
        refused = [(one, answered) for one, answered in zip(asked, answers, strict=True) if isinstance(answered, type)]
        may = [[self.model.would(one)] for one, _ in refused]
        for one, answered in sorted(done, key=lambda each: (each[1][0] or not each[1][1], each[1][1])):
            judged = self.model.judge(one)
            if answered[1] and not answered[0]:
                assert judged == answered
            else:
                # without events, or repeated: it had its turn somewhere in between
                assert one.context.command_id in self.model.commands or judged == VersionConflictError
                self.model.commands.setdefault(one.context.command_id, (one.request_hash, answered[1]))
            for (other, _), moments in zip(refused, may, strict=True):
                moments.append(self.model.would(other))
        for (_, why), moments in zip(refused, may, strict=True):
            assert why in moments, "at some moment it had to be refused so"

    @rule(writers=st.integers(1, 8), refusing=st.integers(0, 3))
    def transacts(self, writers: int, refusing: int) -> None:
        """On one stream; some refuse, and each that does not counts on."""

        async def decide(work: Work) -> None:
            (events,) = await work.read("partner-a")
            work.append("partner-a", added(f"after {len(events)}"))

        async def refuse(work: Work) -> None:
            (events,) = await work.read("partner-a")
            raise LookupError(len(events))

        async def together() -> list[Any]:
            return await asyncio.gather(
                *(transact(self.store, context(), b"", decide) for _ in range(writers)),
                *(transact(self.store, context(), b"", refuse) for _ in range(refusing)),
                return_exceptions=True,
            )

        done = self.run(together())
        assert [type(one).__name__ for one in done] == ["Done"] * writers + ["LookupError"] * refusing
        for one in sorted((one.appended for one in done[:writers]), key=lambda one: one.record.first_position or 0):
            position = len(self.model.log) + 1
            assert positions_of(one) == (False, (position,))
            self.model.log.append(("partner-a", f"after {self.model.version('partner-a')}"))
            self.model.commands[one.record.command_id] = (b"", (position,))

    @rule(
        command=COMMANDS,
        streams=st.lists(STREAMS, min_size=1, max_size=3),
        turns=st.integers(0, 6),
        others=st.booleans(),
    )
    def cancels(self, command: str, streams: list[str], turns: int, others: bool) -> None:
        """A caller goes away after a few turns of the loop; then it is asked again, which tells what happened."""
        asked = self.asked(command, b"same", streams, 0, None)

        async def go_away() -> None:
            other = asyncio.create_task(self.answer(append(command_id=context().command_id))) if others else None
            task = asyncio.create_task(self.answer(asked))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            if other is not None:
                await other

        self.run(go_away())
        answered = self.run(self.answer(asked))
        judged = self.model.judge(asked)
        if isinstance(answered, tuple) and isinstance(judged, tuple):
            assert answered[1] == judged[1]
        else:
            assert answered == judged

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        log = self.run(self.store.read_log(0, 10_000))
        assert [(one.position, one.stream, one.event.name) for one in log] == [
            (position, *one) for position, one in enumerate(self.model.log, start=1)
        ]
        assert self.run(self.store.head()).size == len(self.model.log)
        for stream in ("partner-a", "partner-b", "cohort-c"):
            assert [one.event.name for one in self.run(self.store.read_stream(stream))] == self.model.names(stream)


def settled(machine: type[StoreMachine], **said: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            **said,
        ),
    )


def on_sqlite(folder: Path) -> type[StoreMachine]:
    class OnSqlite(StoreMachine):
        async def fresh(self) -> str:
            self.folder = TemporaryDirectory(dir=folder)
            return f"sqlite:///{self.folder.name}/errera.db"

        def teardown(self) -> None:
            super().teardown()
            self.folder.cleanup()

    return OnSqlite


def test_sqlite_does_as_the_model(tmp_path: Path) -> None:
    settled(on_sqlite(tmp_path))


@pytest.mark.postgresql
def test_postgresql_does_as_the_model(postgresql_server: Databases) -> None:
    url = asyncio.run(postgresql_server.fresh_database(create_log))

    class OnPostgresql(StoreMachine):
        async def fresh(self) -> str:
            connection = await asyncpg.connect(url)
            await connection.execute(EMPTY_IT)
            await connection.close()
            return url

    settled(OnPostgresql)
    asyncio.run(postgresql_server.drop_database(url))


def test_a_version_that_is_not_judged_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "version", lambda *_: 0)  # the model forgets, which differs as much
    with pytest.raises(AssertionError):
        settled(on_sqlite(tmp_path), phases=[Phase.generate])
