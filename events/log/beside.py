"""A process beside this one that hashes long stretches of the log. Started when it is first needed, not for ever."""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from typing import Final

import structlog

from events.log import hashing
from events.log.edge import Edge
from events.store import leases
from events.store.database import Database

_log = structlog.get_logger(__name__)

LONG: Final = 1000
"""So many entries are worth it; fewer are hashed before a process would have heard of them."""
SECONDS_IDLE: Final = 60.0
"""Unused for so long, it is stopped: it holds memory, and connections to the database."""
SECONDS_TO_ANSWER: Final = float(leases.SECONDS)
"""Later, the lease under which it was asked is gone."""
SECONDS_LOST: Final = 60.0
"""Where it ended by itself, or said nothing, none is started for so long."""


class Beside:
    """At most one such process. Whatever goes wrong with it is no harm: the work is done here instead."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._process: Process | None = None
        self._used = 0.0
        self._not_before = 0.0

    @property
    def pid(self) -> int | None:
        """Of the process, where there is one."""
        return self._process.pid if self._process is not None else None

    async def grown(self, edge: Edge, until: int) -> Edge | None:
        """The edge with entries in it up to that size, or as far as it came; None where it has to be done here."""
        now = asyncio.get_running_loop().time()
        if now < self._not_before:
            return None
        self._used = now
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                return await self._asked(edge, until)
        except (OSError, EOFError, TimeoutError) as error:
            _log.warning("sealer.processLost", why=str(error) or type(error).__name__)
            self._not_before = now + SECONDS_LOST
            await self.stop()
            return None
        except BaseException:  # what it would have answered must not answer the next question
            await self.stop()
            raise

    async def rest(self) -> None:
        """Stop it, if it has not been used for a while."""
        if self._process is not None and asyncio.get_running_loop().time() > self._used + SECONDS_IDLE:
            await self.stop()

    async def stop(self) -> None:
        """End it at once: it holds nothing that anybody misses."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def _asked(self, edge: Edge, until: int) -> Edge:
        if self._process is None:
            self._process = await self._started()
        told, answers = self._process.stdin, self._process.stdout
        if told is None or answers is None:
            raise AssertionError("it is spoken to through pipes")
        told.write(pickle.dumps((edge, until)))
        await told.drain()
        length = int.from_bytes(await answers.readexactly(hashing.LENGTH), "big")
        grown: Edge = pickle.loads(await answers.readexactly(length))  # noqa: S301 - from the process that we started
        return grown

    async def _started(self) -> Process:
        """It finds its modules where this one did; the address, with its password, goes where nobody else reads."""
        places = os.pathsep.join(one for one in sys.path if one)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            hashing.__name__,
            stdin=PIPE,
            stdout=PIPE,
            env={**os.environ, "PYTHONPATH": places},
        )
        if process.stdin is not None:
            url = self._database.url.render_as_string(hide_password=False)
            process.stdin.write(pickle.dumps((url, self._database.pooled)))
        return process
