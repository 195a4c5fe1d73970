"""Where checkpoints go: a folder, an address, witnesses."""

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import httpx

from events.durable import replace_file
from events.log.checkpoint import Checkpoint, Note, NoteError, Signature
from events.log.sealed import NotSealedError, Sealed, SealedLog
from events.log.witness import Witness, cosignatures, known_size, request

SECONDS: Final = 10.0
"""How long one request may take."""
_LONGEST_ANSWER: Final = 64 * 1024
_TRIES: Final = 3
_OK, _MULTIPLE, _CONFLICT, _UNPROCESSABLE = 200, 300, 409, 422


class DeliveryError(Exception):
    """It did not arrive: another time."""


class MismatchError(Exception):
    """The destination has seen another log under this name, or more of it than there is."""

    def __init__(self, code: str, size: int) -> None:
        super().__init__(f"{code} at {size}")
        self.code = code
        self.size = size


@dataclass(frozen=True, slots=True)
class Delivered:
    """It has the checkpoint of this size; a witness gives lines for it."""

    size: int
    lines: Sequence[Signature] = field(default=())


class Destination(Protocol):
    """One of them."""

    @property
    def name(self) -> str:
        """By which it is known from one start to the next."""
        ...

    @property
    def shown(self) -> str:
        """As anybody may see it: no path of this machine, no secret in an address."""
        ...

    async def send(self, newest: Sealed, known: int) -> Delivered:
        """Bring the newest checkpoint; `known` is the size of the last one that arrived, -1 before any.

        Raises DeliveryError, MismatchError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """`checkpoint` is the newest, and `checkpoints/<log>/<day>` the last of each day, by which a loss can be placed."""

    path: Path
    public_keys: Sequence[str]
    shown: str = "folder"
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _hanging: list[threading.Thread] = field(default_factory=list, repr=False, compare=False)
    """The last that wrote, and perhaps still does."""

    @property
    def name(self) -> str:
        """See Destination."""
        return f"folder {self.path.absolute()}"

    async def send(self, newest: Sealed, known: int) -> Delivered:
        """See Destination."""
        del known
        try:
            await self._apart(newest)
        except TimeoutError:
            raise DeliveryError(f"{self.shown}: no answer within {SECONDS:g} seconds") from None
        except OSError as error:
            raise DeliveryError(f"{self.shown}: {error.strerror}") from error
        return Delivered(newest.checkpoint.size)

    async def _apart(self, newest: Sealed) -> None:
        """In a thread that nobody waits for: a file system that hangs holds up neither others nor the service's end."""
        if any(one.is_alive() for one in self._hanging):
            raise DeliveryError(f"{self.shown}: it still hangs")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[None] = loop.create_future()

        def tell(error: Exception | None) -> None:
            if outcome.done():
                return
            if error is None:
                outcome.set_result(None)
            else:
                outcome.set_exception(error)

        def write() -> None:
            error = None
            try:
                self._write(newest)
            except Exception as caught:  # noqa: BLE001 - it is raised where it is waited for
                error = caught
            with contextlib.suppress(RuntimeError):  # the loop is closed by now
                loop.call_soon_threadsafe(tell, error)

        thread = threading.Thread(target=write, daemon=True, name=self.shown)
        self._hanging[:] = [thread]
        thread.start()
        async with asyncio.timeout(SECONDS):
            await outcome

    def _write(self, newest: Sealed) -> None:
        there = read_checkpoint(self.path)
        if there is not None and there.origin == newest.checkpoint.origin:
            if there.size > newest.checkpoint.size:
                raise MismatchError("beyond", there.size)
            if there.size == newest.checkpoint.size and there.root != newest.checkpoint.root:
                raise MismatchError("fork", there.size)
        of_log = _of_log(self.path, newest.checkpoint.origin)
        last = max((file.name for file in of_log.glob("[0-9]*")), default="")
        day = max(
            last, self.clock().date().isoformat()
        )  # where the clock was set back, a day that is over stays as it was
        _keep(of_log / day, newest.note)
        _keep(self.path / "publicKey", "".join(f"{key}\n" for key in self.public_keys).encode())
        _keep(self.path / "checkpoint", newest.note)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest one in a folder, whoever signed it; None where there is none."""
    with contextlib.suppress(OSError, NoteError):
        return Checkpoint.parse(Note.parse((folder / "checkpoint").read_bytes()).text)
    return None


def _of_log(folder: Path, origin: str) -> Path:
    return folder / "checkpoints" / hashlib.sha256(origin.encode()).hexdigest()[:8]


def day_checkpoints(folder: Path, origin: str) -> Sequence[Checkpoint]:
    """Those that were kept of each day; what is none of this log's is left out."""
    found = []
    for file in sorted(_of_log(folder, origin).glob("[0-9]*")):
        with contextlib.suppress(OSError, NoteError):
            found.append(Checkpoint.parse(Note.parse(file.read_bytes()).text))
    return [one for one in found if one.origin == origin]


def _keep(file: Path, content: bytes) -> None:
    """Have it in the file; where it is, nothing is written."""
    with contextlib.suppress(FileNotFoundError):
        if file.read_bytes() == content:
            return
    replace_file(file, content)


@dataclass(frozen=True, slots=True)
class Address:
    """The checkpoint is posted to it as it is: it is signed."""

    url: str
    client: httpx.AsyncClient

    @property
    def name(self) -> str:
        """See Destination."""
        return f"address {hashlib.sha256(self.url.encode()).hexdigest()[:16]}"

    @property
    def shown(self) -> str:
        """Without what may be a secret in it."""
        url = httpx.URL(self.url)
        return f"{url.scheme}://{url.netloc.decode().rpartition('@')[2]}"

    async def send(self, newest: Sealed, known: int) -> Delivered:
        """See Destination."""
        del known
        headers = {"content-type": "text/plain; charset=utf-8"}
        status, _ = await post(self.client, self.url, newest.note, headers)
        if not _OK <= status < _MULTIPLE:
            raise DeliveryError(f"{self.shown} answered {status}")
        return Delivered(newest.checkpoint.size)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A witness: it compares with what it saw before, and cosigns."""

    witness: Witness
    log: SealedLog
    client: httpx.AsyncClient

    @property
    def name(self) -> str:
        """See Destination."""
        return f"witness {self.witness.key}"

    @property
    def shown(self) -> str:
        """See Destination."""
        return self.witness.key.name

    async def send(self, newest: Sealed, known: int) -> Delivered:
        """See Destination."""
        size = newest.checkpoint.size
        if not size:
            return Delivered(size)  # an empty log is none to witness
        for _ in range(_TRIES):
            old = max(min(known, size), 0)
            status, answer = await self._ask(newest, old)
            match status:
                case 200:
                    return Delivered(size, self._signed(answer, newest))
                case 409:
                    known = self._knows(answer)
                    if known > size:
                        raise MismatchError("beyond", known)
                    if known == old:
                        raise MismatchError("fork", old)
                case 422:
                    raise MismatchError("fork", old)
                case _:
                    raise DeliveryError(f"{self.shown} answered {status}")
        raise DeliveryError(f"{self.shown} says each time to know another size")

    async def _ask(self, newest: Sealed, old: int) -> tuple[int, bytes]:
        try:
            _, proof = await self.log.consistency_proof(old, newest.checkpoint.size)
        except NotSealedError as error:
            raise DeliveryError(str(error)) from error
        return await post(self.client, self.witness.address, request(old, proof, newest.note), {})

    def _signed(self, answer: bytes, newest: Sealed) -> Sequence[Signature]:
        try:
            return cosignatures(answer, newest.note, self.witness)
        except NoteError as error:
            raise DeliveryError(str(error)) from error

    def _knows(self, answer: bytes) -> int:
        try:
            return known_size(answer)
        except NoteError as error:
            raise DeliveryError(f"{self.shown}: {error}") from error


async def post(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Status and answer, of which no more is read than a checkpoint could need. Raises DeliveryError."""
    found = bytearray()
    try:
        async with asyncio.timeout(SECONDS), client.stream("POST", url, content=body, headers=headers) as answer:
            async for part in answer.aiter_bytes():
                found += part
                if len(found) > _LONGEST_ANSWER:
                    raise DeliveryError("the answer is too long")
            return answer.status_code, bytes(found)
    except TimeoutError:
        raise DeliveryError(f"no answer within {SECONDS:g} seconds") from None
    except httpx.HTTPError as error:
        raise DeliveryError(str(error) or type(error).__name__) from error
