"""A process that sends: `python sender.py URL PORT INSTANT [die]`. With `die` it is killed once a mail was accepted."""

import asyncio
import os
import signal
import sys
from datetime import datetime

from schedulers.delivery.smtp import Accepted, MailServer, NotTaken
from tests.schedulers.delivery.post import open_post


def die_after_accepting() -> None:
    honest = MailServer.send

    async def send(self: MailServer, recipient: str, message: bytes) -> Accepted | NotTaken:
        await honest(self, recipient, message)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("it is killed")

    MailServer.send = send  # type: ignore[method-assign]


async def main(url: str, port: str, instant: str, *how: str) -> None:
    if "die" in how:
        die_after_accepting()
    async with open_post(url, int(port)) as post:
        post.register.at(datetime.fromisoformat(instant))
        while any(row.state == "waiting" for row in (await post.rows.page(None, 0, 100))[0]):
            await post.send()
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
