"""An erasure that is killed at any step is gone on with at the next start, before anybody is served."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.world import open_world, refused, told, written
from tests.service.erased import requested, signatory, traces

ROOT = Path(__file__).parents[2]

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from events.vault.destroying import Destroyer
from events.vault.ledger import Ledger
from service.erasing import Erasing
from tests.acceptance.world import open_world

def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    folder, person, request, step = sys.argv[1:]
    async with open_world(Path(folder)) as world:
        administrator = await world.client("administrator")
        kept = {name: getattr(Destroyer, name) for name in ("destroy", "complete")}
        def before(*_, **__):
            die()
        async def after_destroy(self, *given, **named):
            await kept["destroy"](self, *given, **named)
            die()
        async def after_complete(self):
            await kept["complete"](self)
            die()
        match step:
            case "recorded":
                Ledger.note = before
            case "noted":
                Destroyer.destroy = before
            case "gone":
                Destroyer.destroy = after_destroy
            case "complete":
                Destroyer.complete = after_complete
        await administrator.post(f"/v1/persons/{person}/erasures", json={"requestId": request})

asyncio.run(main())
"""


@pytest.mark.crash
@pytest.mark.parametrize("step", ["recorded", "noted", "gone", "complete"])
async def test_killed_at_a_step_it_is_carried_out_at_the_next_start(step: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with open_world(folder) as world:
        of = await signatory(world)
        request = await requested(world, of)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, str(folder), of.person_id, request, step],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert bool(traces(folder, of)) is (step != "complete")
    async with open_world(folder) as world:
        assert traces(folder, of) == []
        manager = await world.client()
        refused(await manager.get(f"/v1/persons/{of.person_id}"), 404, "person.erased")
        assert told(await manager.get(f"/v1/erasureRequests/{request}"))["state"] == "complete"
        administrator = await world.client("administrator")
        answer = await administrator.post(f"/v1/persons/{of.person_id}/erasures", json={"requestId": request})
        assert written(answer, 200)["state"] == "complete", "asked again it has happened once"
        types = [one["type"] for one in told(await manager.get("/v1/events?limit=1000"))["items"]]
        assert types.count("errera.PersonErased.v1") == 1
    assert (folder / "erasures" / f"{request}.json").exists()
